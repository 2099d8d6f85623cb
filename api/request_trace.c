#include "request_trace.h"

#include "clock.h"
#include "server.h"

static const char *
part_name(const struct request *rq)
{
	return rq->route ? rq->route->name : rq->answer.page || rq->answer.asset ? "app" : "none";
}

void
request_trace_begin(struct request *rq)
{
	struct trace_context *t = &rq->trace;
	const char *class = !rq->user ? "stranger" : rq->user->role == ROLE_ADMIN ? "admin" : "user";
	rq->traced = rq->from_caller = trace_parse(request_header(rq, "traceparent"), t);
	if (!trace_runs())
		return;
	bool asked = rq->from_caller && t->sampled && rq->api->settings->trace_follow;
	t->sampled = asked || trace_samples(part_name(rq), class);
	rq->spans = spans_open("api", rq->from_caller ? t : NULL, part_name(rq), SPAN_SERVER);
	spans_began(rq->spans, trace_now_us() - (clock_steady_us() - rq->begun_us));
	if (!rq->from_caller)
		spans_sample(rq->spans, t->sampled);
	*t = *spans_context(rq->spans);
	rq->traced = true;
}

void
request_trace_job(struct request *rq, struct uuid job, int64_t from_us)
{
	char id[UUID_TEXT_LEN];
	struct trace_context upload = trace_of_job(job);
	if (!rq->from_caller) {
		rq->trace = upload;
		rq->traced = true;
	}
	if (!rq->spans)
		return;
	uuid_text(job, id);
	if (!rq->from_caller) {
		spans_adopt(rq->spans, &upload);
	} else {
		struct spans *s = spans_open("api", NULL, "upload", SPAN_PRODUCER);
		spans_adopt(s, &upload);
		spans_began(s, from_us);
		spans_link(s, &rq->trace);
		spans_set(s, F_STR("docket.job_id", id), F_STR("docket.request_id", rq->request_id));
		spans_close(&s, ERR_NONE, false);
		spans_link(rq->spans, &upload);
	}
	spans_set(rq->spans, F_STR("docket.job_id", id));
	spans_add(rq->spans, "persist", from_us, trace_now_us(), ERR_NONE, F_STR("docket.job_id", id));
}

void
request_trace_end(struct request *rq)
{
	if (!rq->spans)
		return;
	spans_set(rq->spans, F_STR("http.request.method", rq->method),
	          F_STR("http.route", rq->route ? rq->route->name : NULL),
	          F_INT("http.response.status_code", rq->answer.status),
	          F_STR("docket.request_id", rq->request_id));
	bool ours = rq->answer.status >= 500;
	spans_close(&rq->spans, ours ? rq->refused : ERR_NONE, ours);
}

bool
request_trace_id(const struct request *rq, char ret[static TRACE_ID_LEN])
{
	if (rq->traced)
		trace_id_text(&rq->trace, ret);
	return rq->traced;
}
