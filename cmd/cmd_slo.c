/* docket slo: how much of the error budgets a period has used, from Prometheus or from storage. */
#include "commands.h"
#include "own.h"
#include "reports.h"
#include "service_metrics.h"
#include "slo_report.h"

#include <curl/curl.h>
#include <stdlib.h>

struct ask {
	struct period period;
	const char *format, *prometheus;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct ask *a = state->input;
	switch (key) {
	case 'o':
		a->format = choice_option("text|json|html", arg, state);
		return 0;
	case 'p':
		a->prometheus = arg;
		return 0;
	default:
		return period_option(&a->period, key, arg, state);
	}
}

/* ---- from storage: it knows jobs, not requests ---- */

static struct slo_day *
day_of(struct slo_report *r, size_t slo, const char *day)
{
	int64_t ms;
	if (!day || !day_parse(day, &ms) || ms < r->period.from_ms || ms >= r->period.to_ms)
		return NULL;
	return &r->slos[slo].days[(ms - r->period.from_ms) / DAY_MS];
}

static enum err
from_storage(const struct settings *s, struct slo_report *r, struct why *why)
{
	OWNED(json_release) json_t *report = NULL;
	TRY(report_get(s, "outcomes", r->period, "", &report, why));
	r->source = "the service's own records";
	r->slos[SLO_RESULT_TIME].known = r->slos[SLO_JOBS_DONE].known = true;
	size_t i;
	json_t *d;
	json_array_foreach(json_object_get(report, "days"), i, d)
	{
		const char *name = json_get_str(d, "day");
		struct slo_day *times = day_of(r, SLO_RESULT_TIME, name),
		               *jobs = day_of(r, SLO_JOBS_DONE, name);
		if (!times || !jobs)
			continue;
		double done = json_get_num(d, "done", 0), late = json_get_num(d, "late", 0);
		*times = (struct slo_day){done - late, late};
		*jobs = (struct slo_day){done + json_get_num(d, "failed_theirs", 0),
		                         json_get_num(d, "failed_ours", 0)};
	}
	return ERR_NONE;
}

/* ---- from Prometheus ---- */

static enum err
query_days(const struct ask *a, const char *query, double *days, size_t n, struct why *why)
{
	char url[2048];
	char *escaped = curl_easy_escape(NULL, query, 0);
	if (!escaped)
		return fail(why, ERR_BROKEN, "no memory for a query");
	/* At the end of each day: what it added. */
	int64_t first_s = a->period.from_ms / 1000 + 86400;
	snprintf(url, sizeof url, "%.400s/api/v1/query_range?query=%.1200s&start=%lld&end=%lld&step=86400",
	         a->prometheus, escaped, (long long)first_s, (long long)(a->period.to_ms / 1000));
	curl_free(escaped);
	OWNED(json_release) json_t *answer = NULL;
	TRY(report_fetch(url, &answer, why));
	const json_t *series = json_array_get(json_object_get(json_object_get(answer, "data"), "result"), 0);
	size_t i;
	json_t *pair;
	json_array_foreach(json_object_get(series, "values"), i, pair)
	{
		const char *value = json_string_value(json_array_get(pair, 1));
		int64_t at = (int64_t)json_number_value(json_array_get(pair, 0)) * 1000;
		int64_t day = (at - 1 - a->period.from_ms) / DAY_MS;
		double v = value ? strtod(value, NULL) : 0;
		if (day >= 0 && (size_t)day < n && v > 0)
			days[day] = v;
	}
	return ERR_NONE;
}

static enum err
from_prometheus(const struct ask *a, struct slo_report *r, struct why *why)
{
	static const struct {
		const char *bad, *all;
	} queries[] = {
	    [SLO_AVAILABILITY] = {"sum(increase(docket_http_requests_total{status=~\"5..\"}[1d]))",
	                          "sum(increase(docket_http_requests_total[1d]))"},
	    [SLO_RESULT_TIME] =
	        {"sum(increase(docket_slo_events_total{slo=\"result_time\",outcome=\"bad\"}[1d]))",
	         "sum(increase(docket_slo_events_total{slo=\"result_time\"}[1d]))"},
	    [SLO_JOBS_DONE] =
	        {"sum(increase(docket_slo_events_total{slo=\"jobs_done\",outcome=\"bad\"}[1d]))",
	         "sum(increase(docket_slo_events_total{slo=\"jobs_done\"}[1d]))"},
	};
	static double bad[SLO_DAYS_MAX], all[SLO_DAYS_MAX];
	r->source = "Prometheus";
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		memset(bad, 0, sizeof bad);
		memset(all, 0, sizeof all);
		TRY(query_days(a, queries[i].bad, bad, r->n_days, why));
		TRY(query_days(a, queries[i].all, all, r->n_days, why));
		r->slos[i].known = true;
		for (size_t d = 0; d < r->n_days; d++)
			r->slos[i].days[d] = (struct slo_day){all[d] > bad[d] ? all[d] - bad[d] : 0, bad[d]};
	}
	return ERR_NONE;
}

/* ---- the command ---- */

static enum err
gather(const struct settings *s, const struct ask *a, struct slo_report *r, struct why *why)
{
	int64_t days = (a->period.to_ms - a->period.from_ms) / DAY_MS;
	if (days < 1 || days > SLO_DAYS_MAX)
		return fail(why, ERR_INVALID, "a period has 1 to %d days", SLO_DAYS_MAX);
	r->period = a->period;
	r->n_days = (size_t)days;
	r->slos[SLO_AVAILABILITY] =
	    (struct slo){.name = "availability", .meaning = "Requests that did not fail for our reasons"};
	r->slos[SLO_RESULT_TIME] =
	    (struct slo){.name = "result_time", .meaning = "Results that were there in time"};
	r->slos[SLO_JOBS_DONE] =
	    (struct slo){.name = "jobs_done", .meaning = "Jobs that did not fail for our reasons"};
	TRY(percentage("slo-availability", s->slo_availability, &r->slos[SLO_AVAILABILITY].target, why));
	TRY(percentage("slo-result-time", s->slo_result_time, &r->slos[SLO_RESULT_TIME].target, why));
	TRY(percentage("slo-jobs-done", s->slo_jobs_done, &r->slos[SLO_JOBS_DONE].target, why));
	return a->prometheus ? from_prometheus(a, r, why) : from_storage(s, r, why);
}

static int
run(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    PERIOD_OPTIONS,
	    {"format", 'o', "text|json|html", 0, "html is one page with plots.", 0},
	    {"prometheus", 'p', "URL", 0, "Ask Prometheus there, which knows requests too.", 0},
	    {0}};
	int status = 0;
	struct ask ask = {period_usual(), "text", NULL};
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(
	        &inv,
	        &(struct command_syntax){.doc = "How much of each objective's error budget is used.",
	                                 .options = options,
	                                 .parser = on_option,
	                                 .own = &ask},
	        argc, argv, &status))
		return status;
	static struct slo_report report;
	struct why why = {""};
	enum err e = gather(&inv.settings, &ask, &report, &why);
	if (e != ERR_NONE)
		return command_failed(e, &why);
	OWNED(buf_free) struct buf out = buf_init(8 * MIB);
	(strcmp(ask.format, "json") == 0   ? slo_report_json
	 : strcmp(ask.format, "html") == 0 ? slo_report_html
	                                   : slo_report_text)(&out, &report);
	fwrite(out.data, 1, out.len, stdout);
	return EXIT_SUCCESS;
}

const struct command command_slo = {"slo", "how much of the error budgets is used", run};
