/* process_stats.h: what this process uses of the machine, from /proc, into its metrics. */
#ifndef DOCKET_PROCESS_STATS_H
#define DOCKET_PROCESS_STATS_H

/* Called before each scrape; not by two threads at once. */
void process_stats_set(void);

#endif
