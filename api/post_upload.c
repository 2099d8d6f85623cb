/* POST /upload: 202 when the document and its job are on the disk, never before. */
#include "job_json.h"
#include "observe.h"
#include "request_trace.h"
#include "upload_body.h"

/* The connection to storage broke during the commit: the ids were ours, so look whether it happened. */
static enum err
settle_doubt(struct request *rq, const struct upload *u, const struct job **ret, bool *replayed,
             struct why *why)
{
	enum err e = storage_job_get(request_storage(rq), u->user, u->job_id, rq->mem, ret, why);
	if (e != ERR_ABSENT)
		return e == ERR_NONE ? ERR_NONE : fail(why, ERR_UNSURE, "%s", "");
	return storage_upload(request_storage(rq), u, rq->mem, ret, replayed, why);
}

/* The bytes are on the disk and no row will name them: a limit that refuses papers must keep them off it. */
static bool
is_in_vain(enum err e, bool replayed, const struct job *job, const struct upload *u)
{
	return e == ERR_QUOTA || e == ERR_RATE_LIMITED || e == ERR_KEY_REUSED || e == ERR_FULL ||
	       (e == ERR_NONE && replayed && !uuid_equal(job->id, u->job_id));
}

static enum err
post_upload(struct request *rq, struct why *why)
{
	struct blob blob;
	struct upload u = {.user = rq->user->id,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &blob,
	                   .idempotency_key = request_header(rq, "Idempotency-Key"),
	                   .request_id = rq->request_id};
	TRY(upload_body_finish(rq->upload, &blob, &u.file_name, &u.media_type, why));
	const struct job *job = NULL;
	bool replayed = false;
	int64_t from_us = trace_now_us();
	enum err e = storage_upload(request_storage(rq), &u, rq->mem, &job, &replayed, why);
	if (e == ERR_UNSURE)
		e = settle_doubt(rq, &u, &job, &replayed, why);
	if (is_in_vain(e, replayed, job, &u))
		blob_discard(request_storage(rq), &blob);
	TRY(e);
	if (replayed) {
		answer_header(rq, "Idempotent-Replayed", "true");
	} else {
		char id[UUID_TEXT_LEN];
		uuid_text(job->id, id);
		request_trace_job(rq, job->id, from_us);
		OWNED(log_close) struct log *log = request_log(rq);
		log_event(log, LOG_INFO, "upload.accepted", F_STR("job_id", id),
		          F_INT("bytes", (int64_t)blob.size), F_STR("media_type", u.media_type));
		metric_add(METRIC_UPLOAD_BYTES, NULL, NULL, (double)blob.size);
	}
	answer_accepted(rq, job);
	return ERR_NONE;
}

const struct route route_post_upload = {.name = "POST /upload",
                                        .handle = post_upload,
                                        .auth = AUTH_SESSION,
                                        .runs = RUN_BLOCKING,
                                        .body = BODY_UPLOAD,
                                        .limit = LIMIT_UPLOAD};
