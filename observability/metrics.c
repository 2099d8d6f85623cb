/* Metrics: a fixed hash table of series for each row of metrics.tbl.h. Readers and writers of a
 * series take no lock; only the first use of a label value does. Series are never removed, so a
 * pointer once seen stays good: their number is bounded by METRIC_SERIES_MAX a metric. */
#include "buf.h"
#include "observe.h"
#include "own.h"
#include "process_stats.h"
#include "trace.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#define SLOTS     512 /* a metric; twice the bound, so that probing stays short */
#define LABEL_MAX 80  /* bytes of a label value */

enum type { COUNTER, GAUGE, HISTOGRAM };

static const struct row {
	enum type type;
	const char *name, *label_a, *label_b, *help;
} rows[METRIC_MAX] = {
#define X(name, type, metric_name, label_a, label_b, help) {type, metric_name, label_a, label_b, help},
#include "metrics.tbl.h"
#undef X
};

/* Seconds. From one inference (half a millisecond) to a job that waited ten minutes; 2 s is the
 * bar for a receipt. */
static const double bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                1,      2,     5,      10,    30,   60,    120,  300, 600};
#define N_BOUNDS ARRAY_LEN(bounds)

/* The last sampled trace that fell into a bucket. Rare, so one lock for all of them will do. */
struct exemplar {
	char trace_id[TRACE_ID_LEN]; /* "": none yet */
	double value, at_s;
};
struct histogram {
	_Atomic uint64_t buckets[N_BOUNDS + 1];  /* not yet summed up; the last is beyond all bounds */
	struct exemplar exemplars[N_BOUNDS + 1]; /* under exemplar_lock */
};
static pthread_mutex_t exemplar_lock = PTHREAD_MUTEX_INITIALIZER;
struct series {
	char a[LABEL_MAX], b[LABEL_MAX];
	_Atomic double value; /* of a histogram: the sum */
	struct histogram *histogram;
};
static struct {
	_Atomic(struct series *) slots[SLOTS];
	size_t used; /* under `adding` */
} tables[METRIC_MAX];
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static uint32_t
hash(const char *a, const char *b)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (; *a; a++)
		h = (h ^ (unsigned char)*a) * 16777619u;
	h = (h ^ 0xff) * 16777619u;
	for (; *b; b++)
		h = (h ^ (unsigned char)*b) * 16777619u;
	return h;
}

static bool
is(const struct series *s, const char *a, const char *b)
{
	return strcmp(s->a, a) == 0 && strcmp(s->b, b) == 0;
}

/* The slot where (a, b) stands, or the free one where it would. */
static _Atomic(struct series *) *
place(enum metric m, const char *a, const char *b)
{
	for (uint32_t i = hash(a, b);; i++) {
		_Atomic(struct series *) *slot = &tables[m].slots[i % SLOTS];
		struct series *s = atomic_load_explicit(slot, memory_order_acquire);
		if (!s || is(s, a, b))
			return slot;
	}
}

/* Cut as the stored ones are. On the way of every request, so no printf. */
static void
label(char ret[static LABEL_MAX], const char *text)
{
	size_t n = text ? strnlen(text, LABEL_MAX - 1) : 0;
	if (n)
		memcpy(ret, text, n);
	ret[n] = '\0';
}

static struct series *
series_new(enum metric m, const char *a, const char *b)
{
	struct series *s = calloc(1, sizeof *s);
	if (s && rows[m].type == HISTOGRAM)
		s->histogram = calloc(1, sizeof *s->histogram);
	if (!s || (rows[m].type == HISTOGRAM && !s->histogram))
		BUG("no memory for metrics");
	label(s->a, a);
	label(s->b, b);
	return s;
}

static struct series *
series_of(enum metric m, const char *label_a, const char *label_b)
{
	char a[LABEL_MAX], b[LABEL_MAX];
	label(a, rows[m].label_a ? label_a : NULL);
	label(b, rows[m].label_b ? label_b : NULL);
	struct series *s = atomic_load_explicit(place(m, a, b), memory_order_acquire);
	if (s)
		return s;

	pthread_mutex_lock(&adding);
	if (tables[m].used >= METRIC_SERIES_MAX) {
		label(a, rows[m].label_a ? "other" : NULL);
		label(b, rows[m].label_b ? "other" : NULL);
	}
	_Atomic(struct series *) *slot = place(m, a, b);
	s = atomic_load_explicit(slot, memory_order_relaxed);
	if (!s) {
		s = series_new(m, a, b);
		atomic_store_explicit(slot, s, memory_order_release);
		tables[m].used++;
	}
	pthread_mutex_unlock(&adding);
	return s;
}

static void
add(_Atomic double *to, double n)
{
	double old = atomic_load_explicit(to, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(to, &old, old + n, memory_order_relaxed,
	                                              memory_order_relaxed))
		;
}

void
metric_add(enum metric m, const char *a, const char *b, double n)
{
	if (n >= 0) /* a counter never falls */
		add(&series_of(m, a, b)->value, n);
}

void
metric_set(enum metric m, const char *a, const char *b, double v)
{
	atomic_store_explicit(&series_of(m, a, b)->value, v, memory_order_relaxed);
}

static void
note_exemplar(struct exemplar *e, const struct trace_context *trace, double value)
{
	pthread_mutex_lock(&exemplar_lock);
	trace_id_text(trace, e->trace_id);
	e->value = value;
	e->at_s = (double)trace_now_us() / 1e6;
	pthread_mutex_unlock(&exemplar_lock);
}

void
metric_observe_in(const struct trace_context *trace, enum metric m, const char *a, const char *b, double s)
{
	struct series *series = series_of(m, a, b);
	if (!series->histogram)
		BUG("%s is no histogram", rows[m].name);
	if (!(s >= 0)) /* a clock that went back, or no number at all */
		s = 0;
	size_t i = 0;
	while (i < N_BOUNDS && s > bounds[i])
		i++;
	atomic_fetch_add_explicit(&series->histogram->buckets[i], 1, memory_order_relaxed);
	add(&series->value, s);
	if (trace && trace->sampled)
		note_exemplar(&series->histogram->exemplars[i], trace, s);
}

void
metric_observe(enum metric m, const char *a, const char *b, double s)
{
	metric_observe_in(NULL, m, a, b, s);
}

/* ---- the text formats ---- */

static void
put_label(struct buf *out, const char *name, const char *value, char *separator)
{
	buf_printf(out, "%c%s=\"", *separator, name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_putc(out, '\\');
		if (*value == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *value);
	}
	buf_putc(out, '"');
	*separator = ',';
}

/* The head of a sample: name, suffix, labels. `le` NULL: no bucket. */
static void
put_head(struct buf *out, const struct row *row, const char *suffix, const struct series *s, const char *le)
{
	char separator = '{';
	buf_printf(out, "%s%s", row->name, suffix);
	if (row->label_a)
		put_label(out, row->label_a, s->a, &separator);
	if (row->label_b)
		put_label(out, row->label_b, s->b, &separator);
	if (le)
		put_label(out, "le", le, &separator);
	buf_puts(out, separator == ',' ? "} " : " ");
}

static void
put_number(struct buf *out, double v)
{
	buf_printf(out, "%.15g\n", v);
}

static void
put_exemplar(struct buf *out, const struct exemplar *e)
{
	pthread_mutex_lock(&exemplar_lock);
	struct exemplar now = *e;
	pthread_mutex_unlock(&exemplar_lock);
	if (now.trace_id[0])
		buf_printf(out, " # {trace_id=\"%s\"} %.9g %.3f", now.trace_id, now.value, now.at_s);
}

static void
put_histogram(struct buf *out, const struct row *row, const struct series *s, enum metrics_format format)
{
	uint64_t total = 0;
	for (size_t i = 0; i <= N_BOUNDS; i++) {
		char le[32] = "+Inf";
		if (i < N_BOUNDS)
			snprintf(le, sizeof le, "%g", bounds[i]);
		total += atomic_load_explicit(&s->histogram->buckets[i], memory_order_relaxed);
		put_head(out, row, "_bucket", s, le);
		buf_printf(out, "%llu", (unsigned long long)total);
		if (format == METRICS_OPENMETRICS)
			put_exemplar(out, &s->histogram->exemplars[i]);
		buf_putc(out, '\n');
	}
	put_head(out, row, "_sum", s, NULL);
	put_number(out, atomic_load_explicit(&s->value, memory_order_relaxed));
	put_head(out, row, "_count", s, NULL);
	buf_printf(out, "%llu\n", (unsigned long long)total);
}

static int
by_labels(const void *x, const void *y)
{
	const struct series *a = *(struct series *const *)x, *b = *(struct series *const *)y;
	int d = strcmp(a->a, b->a);
	return d ? d : strcmp(a->b, b->b);
}

static size_t
series_sorted(enum metric m, struct series *all[static SLOTS])
{
	size_t n = 0;
	for (size_t i = 0; i < SLOTS; i++) {
		struct series *s = atomic_load_explicit(&tables[m].slots[i], memory_order_acquire);
		if (s)
			all[n++] = s;
	}
	qsort(all, n, sizeof all[0], by_labels);
	return n;
}

/* OpenMetrics calls a counter's family by its name without "_total". */
static int
family_length(const struct row *row, enum metrics_format format)
{
	size_t n = strlen(row->name), suffix = strlen("_total");
	bool counter = format == METRICS_OPENMETRICS && row->type == COUNTER;
	return (int)(counter && n > suffix ? n - suffix : n);
}

static void
put_metric(struct buf *out, enum metric m, enum metrics_format format)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};
	const struct row *row = &rows[m];
	struct series *all[SLOTS];
	size_t n = series_sorted(m, all);
	if (n == 0)
		return;
	int family = family_length(row, format);
	buf_printf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", family, row->name, row->help, family, row->name,
	           types[row->type]);
	for (size_t i = 0; i < n; i++) {
		if (row->type == HISTOGRAM) {
			put_histogram(out, row, all[i], format);
		} else {
			put_head(out, row, "", all[i], NULL);
			put_number(out, atomic_load_explicit(&all[i]->value, memory_order_relaxed));
		}
	}
}

/* ---- gauges that are read when somebody looks ---- */

#define HOOKS_MAX 16
static struct hook {
	void (*fn)(void *arg);
	void *arg;
} hooks[HOOKS_MAX];
static pthread_mutex_t hooks_lock = PTHREAD_MUTEX_INITIALIZER; /* held while hooks run */

void
metric_on_scrape(void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&hooks_lock);
	size_t i = 0;
	while (i < HOOKS_MAX && hooks[i].fn)
		i++;
	if (i == HOOKS_MAX)
		BUG("more than %d scrape hooks", HOOKS_MAX);
	hooks[i] = (struct hook){fn, arg};
	pthread_mutex_unlock(&hooks_lock);
}

void
metric_off_scrape(void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&hooks_lock);
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		if (hooks[i].fn == fn && hooks[i].arg == arg)
			hooks[i] = (struct hook){NULL, NULL};
	}
	pthread_mutex_unlock(&hooks_lock);
}

static void
read_gauges(void)
{
	pthread_mutex_lock(&hooks_lock);
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		if (hooks[i].fn)
			hooks[i].fn(hooks[i].arg);
	}
	process_stats_set();
	pthread_mutex_unlock(&hooks_lock);
}

void
metrics_write(struct buf *out, enum metrics_format format)
{
	read_gauges();
	for (int m = 0; m < METRIC_MAX; m++)
		put_metric(out, m, format);
	if (format == METRICS_OPENMETRICS)
		buf_puts(out, "# EOF\n");
}

/* ---- the same as JSON ---- */

static void
put_json_label(struct buf *out, const char *name, const char *value, const char *separator)
{
	if (!name)
		return;
	buf_printf(out, "%s\"%s\":", separator, name);
	buf_json_string(out, value, strlen(value));
}

static void
put_json_series(struct buf *out, const struct row *row, const struct series *s)
{
	double value = atomic_load_explicit(&s->value, memory_order_relaxed);
	buf_puts(out, "{\"labels\":{");
	put_json_label(out, row->label_a, s->a, "");
	put_json_label(out, row->label_b, s->b, ",");
	if (row->type != HISTOGRAM) {
		buf_printf(out, "},\"value\":%.15g}", isfinite(value) ? value : 0);
		return;
	}
	uint64_t total = 0;
	buf_puts(out, "},\"buckets\":[");
	for (size_t i = 0; i < N_BOUNDS; i++) {
		total += atomic_load_explicit(&s->histogram->buckets[i], memory_order_relaxed);
		buf_printf(out, "%s[%g,%llu]", i ? "," : "", bounds[i], (unsigned long long)total);
	}
	total += atomic_load_explicit(&s->histogram->buckets[N_BOUNDS], memory_order_relaxed);
	buf_printf(out, "],\"count\":%llu,\"sum\":%.15g}", (unsigned long long)total, value);
}

void
metrics_write_json(struct buf *out)
{
	read_gauges();
	buf_putc(out, '{');
	for (int m = 0, written = 0; m < METRIC_MAX; m++) {
		struct series *all[SLOTS];
		size_t n = series_sorted((enum metric)m, all);
		if (n == 0)
			continue;
		buf_printf(out, "%s\"%s\":[", written++ ? "," : "", rows[m].name);
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				buf_putc(out, ',');
			put_json_series(out, &rows[m], all[i]);
		}
		buf_putc(out, ']');
	}
	buf_putc(out, '}');
}
