#include "service_metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

static struct service_sources source;
/* What counters were at the last scrape: storage and the pool tell totals. */
static struct parser_stats parsers_before;
static struct queue_stats queue_before;

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
	metric_add(METRIC_STORE_COMMITS, NULL, NULL, (double)(q.commits - queue_before.commits));
	metric_add(METRIC_STORE_WRITES, NULL, NULL, (double)(q.writes - queue_before.writes));
	metric_add(METRIC_STORE_COMMIT_SECONDS, NULL, NULL,
	           (double)(q.commit_us - queue_before.commit_us) / 1e6);
	for (size_t i = 0; i < ARRAY_LEN(q.pools); i++) {
		if (!q.pools[i].name)
			continue;
		metric_set(METRIC_POOL_CAPACITY, q.pools[i].name, NULL, q.pools[i].capacity);
		metric_set(METRIC_POOL_BUSY, q.pools[i].name, NULL, q.pools[i].busy);
		metric_set(METRIC_POOL_WAITING, q.pools[i].name, NULL, q.pools[i].waiting);
	}
	queue_before = q;
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
	metric_set(METRIC_POOL_CAPACITY, "parsers", NULL, source.max_parsers);
	metric_set(METRIC_POOL_BUSY, "parsers", NULL, p.busy);
	metric_add(METRIC_PARSER_DEATHS, "crashed", NULL, (double)(p.crashed - parsers_before.crashed));
	metric_add(METRIC_PARSER_DEATHS, "timeout", NULL, (double)(p.timed_out - parsers_before.timed_out));
	metric_add(METRIC_PARSER_DEATHS, "memory", NULL,
	           (double)(p.out_of_memory - parsers_before.out_of_memory));
	metric_add(METRIC_PARSER_DEATHS, "start", NULL, (double)(p.not_started - parsers_before.not_started));
	metric_add(METRIC_NURSERIES, NULL, NULL, (double)(p.nurseries - parsers_before.nurseries));
	parsers_before = p;
}

static void
read_disk(void)
{
	struct statvfs fs;
	if (statvfs(source.settings->general_data, &fs) == 0)
		metric_set(METRIC_DISK_FREE, NULL, NULL, (double)fs.f_bavail * (double)fs.f_frsize);
}

/* Hooks run one at a time. */
static void
read_all(void *arg)
{
	struct why why;
	(void)arg;
	storage_in_a_hurry(); /* a scrape that waits for seconds is given up, and with it all other figures */
	read_queue();
	read_parsers();
	read_disk();
	metric_set(METRIC_READY, NULL, NULL, source.ready(source.ready_arg, &why) == ERR_NONE);
}

enum err
percentage(const char *name, const char *text, double *ret, struct why *why)
{
	char *end;
	errno = 0;
	double v = strtod(text, &end);
	if (end == text || *end || errno != 0 || !(v > 0 && v < 100))
		return fail(why, ERR_INVALID, "%s = \"%.20s\" is no percentage between 0 and 100", name,
		            text);
	*ret = v / 100;
	return ERR_NONE;
}

static enum err
set_target(const char *slo, const char *setting, const char *text, struct why *why)
{
	double share;
	TRY(percentage(setting, text, &share, why));
	metric_set(METRIC_SLO_TARGET, slo, NULL, share);
	return ERR_NONE;
}

enum err
service_metrics_start(const struct service_sources *from, struct why *why)
{
	const struct settings *t = from->settings;
	TRY(set_target("availability", "slo-availability", t->slo_availability, why));
	TRY(set_target("result_time", "slo-result-time", t->slo_result_time, why));
	TRY(set_target("jobs_done", "slo-jobs-done", t->slo_jobs_done, why));
	source = *from;
	metric_on_scrape(read_all, &source);
	return ERR_NONE;
}

void
service_metrics_stop(void)
{
	metric_off_scrape(read_all, &source);
}
