#include "reports.h"

#include "own.h"
#include "price.h"

#define REPORT_MEMORY (64 * MIB)

static json_t *
cost_row_json(const struct cost_row *r, const struct price_table *t)
{
	const struct cost *u = &r->used, *v = &r->used_in_vain;
	double price = price_of(t, u->cpu_ms, u->memory_kib_s, u->bytes_in + u->bytes_out);
	double in_vain = price_of(t, v->cpu_ms, v->memory_kib_s, v->bytes_in + v->bytes_out);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:f}", "key", r->key,
	                 "jobs", (json_int_t)r->jobs, "attempts", (json_int_t)r->attempts, "wasted",
	                 (json_int_t)r->wasted, "wall_ms", (json_int_t)r->wall_ms, "cpu_ms",
	                 (json_int_t)u->cpu_ms, "memory_kib_s", (json_int_t)u->memory_kib_s, "bytes_in",
	                 (json_int_t)u->bytes_in, "bytes_out", (json_int_t)u->bytes_out, "price", price,
	                 "wasted_cpu_ms", (json_int_t)v->cpu_ms, "wasted_price", in_vain);
}

static void
put_json(struct buf *out, const json_t *j)
{
	size_t n;
	OWNED(mem_free) char *text = NULL;
	text = json_text(j, &n);
	buf_put(out, text, n);
	buf_putc(out, '\n');
}

enum err
report_costs(const struct report_source *from, const struct admin_query *q, struct buf *out, struct why *why)
{
	static const char *const groups[] = {
	    [COST_BY_DAY] = "day", [COST_BY_TYPE] = "type", [COST_BY_USER] = "user"};
	size_t group = 0;
	while (group < ARRAY_LEN(groups) && strcmp(q->by[0] ? q->by : "day", groups[group]) != 0)
		group++;
	if (group == ARRAY_LEN(groups))
		return fail(why, ERR_INVALID, "by is day, type or user");
	struct price_table prices;
	struct cost_report r;
	OWNED(arena_destroy) struct arena *mem = arena_create("report", REPORT_MEMORY);
	TRY(price_table_read(from->settings, &prices, why));
	TRY(storage_costs(from->storage, q->from_ms, q->to_ms, (enum cost_group)group, mem, &r, why));
	OWNED(json_release) json_t *rows = json_array();
	for (size_t i = 0; i < r.n; i++)
		json_array_append_new(rows, cost_row_json(&r.rows[i], &prices));
	OWNED(json_release)
	json_t *o = json_pack("{s:s, s:s, s:s, s:O}", "schema", "docket.costs/1", "by", groups[group],
	                      "currency", prices.currency, "rows", rows);
	put_json(out, o);
	return ERR_NONE;
}

/* ---- how jobs went ---- */

struct day {
	int64_t done, late, failed_ours, failed_theirs, cancelled, open;
};

static void
count(struct day *d, const struct outcome_row *r)
{
	switch (r->state) {
	case JOB_DONE:
		d->done += r->jobs;
		d->late += r->late ? r->jobs : 0;
		break;
	case JOB_FAILED: /* what the document itself is to blame for misses no objective */
		*(err_http(r->error) >= 500 ? &d->failed_ours : &d->failed_theirs) += r->jobs;
		break;
	case JOB_CANCELLED:
		d->cancelled += r->jobs;
		break;
	case JOB_QUEUED:
	case JOB_PROCESSING:
	case JOB_STATE_MAX:
		d->open += r->jobs;
		break;
	}
}

static json_t *
day_json(int64_t day_ms, const struct day *d)
{
	char day[DAY_TEXT_LEN];
	day_text(day_ms, day);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "day", day, "done", (json_int_t)d->done,
	                 "late", (json_int_t)d->late, "failed_ours", (json_int_t)d->failed_ours,
	                 "failed_theirs", (json_int_t)d->failed_theirs, "cancelled", (json_int_t)d->cancelled,
	                 "open", (json_int_t)d->open);
}

enum err
report_outcomes(const struct report_source *from, const struct admin_query *q, struct buf *out,
                struct why *why)
{
	struct outcome_report r;
	int64_t limit = from->settings->slo_result_limit;
	OWNED(arena_destroy) struct arena *mem = arena_create("report", REPORT_MEMORY);
	TRY(storage_outcomes(from->storage, q->from_ms, q->to_ms, limit, mem, &r, why));
	OWNED(json_release) json_t *days = json_array();
	for (size_t i = 0; i < r.n;) {
		struct day d = {0};
		int64_t day_ms = r.rows[i].day_ms;
		for (; i < r.n && r.rows[i].day_ms == day_ms; i++)
			count(&d, &r.rows[i]);
		json_array_append_new(days, day_json(day_ms, &d));
	}
	OWNED(json_release)
	json_t *o = json_pack("{s:s, s:I, s:O}", "schema", "docket.outcomes/1", "limit_ms", (json_int_t)limit,
	                      "days", days);
	put_json(out, o);
	return ERR_NONE;
}
