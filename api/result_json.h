/* result_json.h: results as a person sees them: what was read, with their corrections laid over it. */
#ifndef DOCKET_RESULT_JSON_H
#define DOCKET_RESULT_JSON_H

#include "request.h"
#include "result.h"

struct shown_result {
	const struct result *row;
	json_t *read;  /* as the worker composed it */
	json_t *shown; /* with the corrections */
	size_t room;   /* that it takes of what may be in memory at once */
};
void shown_result_free(struct shown_result *r); /* as OWNED wants it */

/* The result of job `rq->id`. A job without one fails with a link to it. It may wait for others that are
 * large: of two the first is let go before the second is loaded. */
enum err shown_result_load(struct request *rq, struct shown_result *ret, struct why *why) MUST_CHECK;
/* Of any job; a job without a result fails as storage_result_get() does. */
enum err shown_result_of(struct storage *st, struct uuid user, struct uuid job, struct arena *mem,
                         struct shown_result *ret, struct why *why) MUST_CHECK;
/* A copy to lay corrections over. Its pages, which are most of it and stay as they were read, are shared with
 * `read`. New reference. */
json_t *result_to_lay_on(json_t *read);
/* "7" with its quotes. */
void shown_result_etag(const struct shown_result *r, char *ret, size_t cap);
/* 200 with ETag, or 304. Ids, time and links are put in here. */
enum err answer_result(struct request *rq, const struct shown_result *r, struct why *why) MUST_CHECK;

#endif
