/* GET /documents/{id}/pages/{n}/thumbnail: for lists; the whole picture where there is no small one. */
#include "answer_picture.h"

static enum err
get_thumbnail(struct request *rq, struct why *why)
{
	return answer_picture(rq, true, why);
}

const struct route route_get_thumbnail = {.name = "GET /documents/{id}/pages/{n}/thumbnail",
                                          .handle = get_thumbnail,
                                          .auth = AUTH_SESSION,
                                          .runs = RUN_BLOCKING};
