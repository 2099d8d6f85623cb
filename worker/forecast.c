#include "forecast.h"

#include <math.h>

/* Chosen on bench/scaling's weeks. The first weeks set the weekly season quickly, as a mean would. */
#define LEVEL_GAIN 0.0005
#define DAY_GAIN   0.05
#define WEEK_GAIN  0.30
#define WEEK_FIRST 0.90
#define DAYS_FIRST 2

static double
expected(const struct forecast *f, size_t bucket)
{
	return f->level + f->day[bucket % FORECAST_DAY] + f->week[bucket % FORECAST_WEEK];
}

/* On the first day the level is the running mean, and the seasons hold what came; at its end they
 * become differences from the mean. */
static void
add_of_first_day(struct forecast *f, double count)
{
	f->level += (count - f->level) / (double)(f->seen + 1);
	f->day[f->seen] = count;
	if (f->seen + 1 < FORECAST_DAY)
		return;
	for (size_t i = 0; i < FORECAST_DAY; i++)
		f->day[i] -= f->level;
}

void
forecast_add(struct forecast *f, double count)
{
	const double forget = 1.0 / FORECAST_DAY;
	if (f->seen < FORECAST_DAY) {
		add_of_first_day(f, count);
		f->seen++;
		return;
	}
	double error = count - expected(f, f->seen);
	f->missed += forget * (fabs(error) - f->missed);
	f->came += forget * (count - f->came);
	double weeks = (double)(f->seen / FORECAST_WEEK);
	f->level += LEVEL_GAIN * error;
	f->day[f->seen % FORECAST_DAY] += DAY_GAIN * error;
	f->week[f->seen % FORECAST_WEEK] += fmax(WEEK_GAIN, WEEK_FIRST / (weeks + 1)) * error;
	f->seen++;
}

bool
forecast_is_ready(const struct forecast *f)
{
	return f->seen >= (size_t)DAYS_FIRST * FORECAST_DAY;
}

double
forecast_at(const struct forecast *f, size_t ahead)
{
	double e = expected(f, f->seen + ahead);
	return e > 0 ? e : 0;
}

double
forecast_error(const struct forecast *f)
{
	return f->came > 0 ? f->missed / f->came : 1;
}
