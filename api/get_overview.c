/* GET /admin/overview: how the service runs, for the operator's page: its metrics, the slowest jobs of the
 * last day, and what each of the last 30 days brought. Nothing of what documents say. */
#include "clock.h"
#include "job_json.h"
#include "observe.h"

#define DAY_MS      86400000LL
#define SLOWEST_MAX 10

static enum err
put_slowest(struct request *rq, struct buf *out, int64_t now_ms, struct why *why)
{
	const struct slow_job *jobs;
	size_t n;
	TRY(storage_slowest(request_storage(rq), now_ms - DAY_MS, SLOWEST_MAX, rq->mem, &jobs, &n, why));
	buf_puts(out, ",\"slowest\":[");
	for (size_t i = 0; i < n; i++) {
		char id[UUID_TEXT_LEN];
		uuid_text(jobs[i].job_id, id);
		buf_printf(
		    out,
		    "%s{\"job_id\":\"%s\",\"status\":\"%s\",\"took_ms\":%lld,\"attempt\":%d,\"created_at\":",
		    i ? "," : "", id, job_state_name(jobs[i].state), (long long)jobs[i].took_ms,
		    (int)jobs[i].attempt);
		time_or_null(out, jobs[i].created_ms);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
	return ERR_NONE;
}

static enum err
put_days(struct request *rq, struct buf *out, int64_t now_ms, struct why *why)
{
	struct cost_report r;
	TRY(storage_costs(request_storage(rq), now_ms - 30 * DAY_MS, now_ms + 1, COST_BY_DAY, rq->mem, &r,
	                  why));
	buf_puts(out, ",\"days\":[");
	for (size_t i = 0; i < r.n; i++) {
		const struct cost_row *d = &r.rows[i];
		buf_printf(
		    out,
		    "%s{\"day\":\"%s\",\"jobs\":%lld,\"attempts\":%lld,\"wasted\":%lld,\"cpu_ms\":%lld,"
		    "\"bytes_in\":%lld,\"bytes_out\":%lld}",
		    i ? "," : "", d->key, (long long)d->jobs, (long long)d->attempts, (long long)d->wasted,
		    (long long)d->used.cpu_ms, (long long)d->used.bytes_in, (long long)d->used.bytes_out);
	}
	buf_putc(out, ']');
	return ERR_NONE;
}

static enum err
get_overview(struct request *rq, struct why *why)
{
	int64_t now_ms = clock_wall_ms();
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"version\":\"" DOCKET_VERSION "\",\"time\":");
	time_or_null(out, now_ms);
	buf_puts(out, ",\"metrics\":");
	metrics_write_json(out);
	TRY(put_slowest(rq, out, now_ms, why));
	TRY(put_days(rq, out, now_ms, why));
	buf_puts(out, "}\n");
	return ERR_NONE;
}

const struct route route_get_overview = {
    .name = "GET /admin/overview", .handle = get_overview, .auth = AUTH_ADMIN, .runs = RUN_BLOCKING};
