/* answer_document.h: one document with its ETag, after a reading or a change of it. */
#ifndef DOCKET_ANSWER_DOCUMENT_H
#define DOCKET_ANSWER_DOCUMENT_H

#include "request.h"

/* 200 or 304, with the others that are the same paper. */
enum err answer_document(struct request *rq, const struct document *d, struct why *why) MUST_CHECK;

#endif
