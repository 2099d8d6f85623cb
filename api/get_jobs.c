/* GET /jobs: mine, newest first. */
#include "job_json.h"

static enum err
get_jobs(struct request *rq, struct why *why)
{
	struct uuid before;
	int32_t limit;
	struct job_page page;
	TRY(request_page(rq, &before, &limit, why));
	TRY(storage_job_list(request_storage(rq), rq->user->id, before, limit, rq->mem, &page, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		job_json(out, &page.jobs[i]);
	}
	bool more = page.more && page.n > 0;
	list_end_json(out, more, more ? page.jobs[page.n - 1].id : (struct uuid){{0}});
	return ERR_NONE;
}

const struct route route_get_jobs = {
    .name = "GET /jobs", .handle = get_jobs, .auth = AUTH_SESSION, .runs = RUN_BLOCKING};
