/* The spans of one process's part of a trace: one root, and steps under it that are written when they
 * end. Encoded as they come, so that a part costs one buffer. */
#include "exporter.h"
#include "otlp.h"
#include "own.h"
#include "uuid.h"

#define STEPS_MAX  64
#define PART_MAX   (64 * KIB)
#define FIELDS_MAX (8 * KIB)
#define LINKS_MAX  8

struct spans {
	struct otlp_span root;
	struct buf attributes, steps; /* the root's own, links among them; finished steps */
	int64_t n_steps, n_links;
};

int64_t
trace_now_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct trace_context
trace_of_job(struct uuid job)
{
	struct trace_context c;
	uint64_t luck = 0;
	memcpy(c.trace_id, job.b, sizeof c.trace_id);
	memcpy(c.span_id, job.b + 8, sizeof c.span_id); /* variant bits and randomness: never zero */
	for (size_t i = 9; i < 16; i++)
		luck = luck << 8 | job.b[i];
	c.sampled = (int32_t)(luck % 100) < exporter_percent("job", NULL);
	return c;
}

struct spans *
spans_open(const char *contour, const struct trace_context *parent, const char *name, enum span_kind kind)
{
	struct spans *s = calloc(1, sizeof *s);
	if (!s)
		BUG("no memory for spans");
	s->root = (struct otlp_span){.name = name,
	                             .contour = contour,
	                             .kind = kind,
	                             .from_us = trace_now_us(),
	                             .has_parent = parent != NULL};
	struct trace_context *c = &s->root.context;
	uint8_t ids[sizeof c->span_id + sizeof c->trace_id];
	random_bytes(ids, parent ? sizeof c->span_id : sizeof ids);
	if (parent) {
		*c = *parent;
		memcpy(s->root.parent, parent->span_id, sizeof s->root.parent);
	} else {
		memcpy(c->trace_id, ids + sizeof c->span_id, sizeof c->trace_id);
		c->sampled = trace_samples(name, NULL);
	}
	memcpy(c->span_id, ids, sizeof c->span_id);
	s->attributes = buf_init(FIELDS_MAX);
	s->steps = buf_init(PART_MAX);
	return s;
}

const struct trace_context *
spans_context(const struct spans *s)
{
	return &s->root.context;
}

void
spans_began(struct spans *s, int64_t wall_us)
{
	s->root.from_us = wall_us;
}

void
spans_adopt(struct spans *s, const struct trace_context *self)
{
	s->root.context = *self;
	s->root.has_parent = false;
}

void
spans_sample(struct spans *s, bool sampled)
{
	s->root.context.sampled = sampled;
}

void
spans_link(struct spans *s, const struct trace_context *to)
{
	if (trace_runs() && s->n_links++ < LINKS_MAX)
		otlp_link(&s->attributes, to);
}

bool
trace_samples(const char *name, const char *class)
{
	int32_t percent = exporter_percent(name, class);
	return percent >= 100 || (percent > 0 && (int32_t)random_below(100) < percent);
}

void
spans_set_(struct spans *s, const struct field *fields)
{
	if (trace_runs())
		otlp_attributes(&s->attributes, fields);
}

void
spans_add_(struct spans *s, const char *name, int64_t from_us, int64_t to_us, enum err outcome,
           const struct field *fields)
{
	if (!trace_runs())
		return;
	if (s->n_steps == STEPS_MAX) {
		metric_add(METRIC_TRACE_SPANS, "dropped_many", NULL, 1);
		return;
	}
	struct otlp_span step = {.context = s->root.context,
	                         .has_parent = true,
	                         .name = name,
	                         .contour = s->root.contour,
	                         .kind = SPAN_INTERNAL,
	                         .from_us = from_us,
	                         .to_us = to_us > from_us ? to_us : from_us,
	                         .outcome = outcome};
	memcpy(step.parent, s->root.context.span_id, sizeof step.parent);
	random_bytes(step.context.span_id, sizeof step.context.span_id);
	char space[FIELDS_MAX] UNCLEARED;
	struct buf attributes = buf_on(space, sizeof space);
	otlp_attributes(&attributes, fields);
	otlp_write_span(&s->steps, &step, &attributes);
	s->n_steps++;
}

void
spans_close(struct spans **ret, enum err outcome, bool keep)
{
	struct spans *s = *ret;
	if (s && trace_runs() && (keep || s->root.context.sampled)) {
		s->root.to_us = trace_now_us();
		s->root.outcome = outcome;
		otlp_write_span(&s->steps, &s->root, &s->attributes);
		exporter_put(&s->steps, s->n_steps + 1);
	}
	spans_drop(ret);
}

void
spans_drop(struct spans **s)
{
	if (!*s)
		return;
	buf_free(&(*s)->attributes);
	buf_free(&(*s)->steps);
	free(*s);
	*s = NULL;
}
