/* GET /jobs/{id}: how it stands; with ?wait= the answer comes when that changes. */
#include "clock.h"
#include "header_values.h"
#include "job_json.h"
#include "server.h"

#define WAIT_MAX_S 30

static enum err
get_job(struct request *rq, struct why *why)
{
	int64_t wait;
	const struct job *job;
	char etag[ETAG_LEN];
	TRY(request_query_int(rq, "wait", 0, WAIT_MAX_S, 0, &wait, why));
	TRY(storage_job_get(request_storage(rq), rq->user->id, rq->id, rq->mem, &job, why));
	job_etag(job, etag);
	bool final = job_is_final(job->state);
	const char *known = request_header(rq, "If-None-Match");
	bool news = known && !etag_matches(known, etag);
	if (wait > 0 && !rq->waited && !final && !news && !atomic_load(&rq->api->stopping)) {
		rq->wait_until_ms = clock_steady_ms() + wait * 1000;
		rq->wait_version = job->version;
		return ERR_NONE;
	}
	if (!final)
		answer_header(rq, "Retry-After", "1");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	struct buf *out = answer_json(rq, 200);
	job_json(out, job);
	buf_putc(out, '\n');
	return ERR_NONE;
}

const struct route route_get_job = {
    .name = "GET /jobs/{id}", .handle = get_job, .auth = AUTH_SESSION, .runs = RUN_INLINE};
