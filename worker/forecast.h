/* forecast.h: how many jobs will come: Holt and Winters' additive smoothing with a daily and a weekly
 * season (J. W. Taylor, "Short-term electricity demand forecasting using double seasonal exponential
 * smoothing", 2003), without a trend: household papers have none that matters within an hour.
 *
 * Fed with counts of buckets that have ended, in order. Says nothing before it has seen two days. Plain
 * memory, no threads of its own: some 20 KiB.
 */
#ifndef DOCKET_FORECAST_H
#define DOCKET_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORECAST_BUCKET_MS 300000 /* five minutes */
#define FORECAST_DAY       288    /* buckets */
#define FORECAST_WEEK      (7 * FORECAST_DAY)

struct forecast {
	double level, day[FORECAST_DAY], week[FORECAST_WEEK];
	size_t seen; /* buckets so far */
	/* of the last day, forgotten exponentially: how far one step ahead was off, and what came */
	double missed, came;
};

/* A bucket has ended with `count` jobs. The first is bucket 0: seasons count from there. */
void forecast_add(struct forecast *f, double count);
bool forecast_is_ready(const struct forecast *f);
/* What is expected in the bucket `ahead` from now, 0 the one that runs; never negative. */
double forecast_at(const struct forecast *f, size_t ahead);
/* Weighted absolute percentage error, 0..: what was missed over what came. 1 while nothing came. */
double forecast_error(const struct forecast *f);

#endif
