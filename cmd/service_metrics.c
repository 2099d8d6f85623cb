#include "service_metrics.h"

#include "observe.h"

static struct {
	struct storage *storage;
	struct parser_pool *parsers;
	struct parser_stats before;
	struct queue_stats queue_before;
} source;

static void
read_queue(void)
{
	struct queue_stats q;
	struct why why;
	if (storage_queue_stats(source.storage, &q, &why) != ERR_NONE)
		return;
	metric_set(METRIC_QUEUE_DEPTH, "queued", NULL, (double)q.queued);
	metric_set(METRIC_QUEUE_DEPTH, "delayed", NULL, (double)q.delayed);
	metric_set(METRIC_QUEUE_DEPTH, "processing", NULL, (double)q.processing);
	metric_set(METRIC_QUEUE_OLDEST, NULL, NULL, (double)q.oldest_ready_ms / 1000);
	metric_set(METRIC_STORE_WAL_BYTES, NULL, NULL, (double)q.wal_bytes);
	metric_add(METRIC_STORE_COMMITS, NULL, NULL, (double)(q.commits - source.queue_before.commits));
	metric_add(METRIC_STORE_WRITES, NULL, NULL, (double)(q.writes - source.queue_before.writes));
	source.queue_before = q;
}

static void
read_parsers(void)
{
	struct parser_stats p;
	if (!source.parsers)
		return;
	parser_pool_stats(source.parsers, &p);
	metric_set(METRIC_PARSERS, "warm", NULL, p.warm);
	metric_set(METRIC_PARSERS, "busy", NULL, p.busy);
	metric_add(METRIC_PARSER_DEATHS, "crashed", NULL, (double)(p.crashed - source.before.crashed));
	metric_add(METRIC_PARSER_DEATHS, "timeout", NULL, (double)(p.timed_out - source.before.timed_out));
	metric_add(METRIC_PARSER_DEATHS, "memory", NULL,
	           (double)(p.out_of_memory - source.before.out_of_memory));
	source.before = p;
}

/* Hooks run one at a time. */
static void
read_all(void *arg)
{
	(void)arg;
	read_queue();
	read_parsers();
}

void
service_metrics_start(struct storage *st, struct parser_pool *parsers)
{
	source.storage = st;
	source.parsers = parsers;
	metric_on_scrape(read_all, &source);
}

void
service_metrics_stop(void)
{
	metric_off_scrape(read_all, &source);
}
