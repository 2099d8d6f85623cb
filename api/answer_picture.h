/* answer_picture.h: what the two endpoints for pictures of a page share. */
#ifndef DOCKET_ANSWER_PICTURE_H
#define DOCKET_ANSWER_PICTURE_H

#include "request.h"

enum err answer_picture(struct request *rq, bool thumbnail, struct why *why) MUST_CHECK;

#endif
