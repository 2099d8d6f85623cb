/* A day of consumer traffic, replayed against three ways to choose how many documents are read at once:
 * a fixed number (the mean of what the forecast used, so that the price is the same), the reactive rule
 * alone, and the rule with a forecast. The code that decides is the worker's own.
 *
 * usage: scaling_bench [SEED]
 *
 * Traffic: Poisson arrivals, a night, a morning and an evening peak, quiet weekends, and on the day
 * measured one burst of fifty times the rate for two minutes. Service times are lognormal, 1.2 s on
 * average. A slot needs 20 s to come up (a process on a machine that is there) or five minutes (a new
 * machine); a slot of `docket up` is quicker than both.
 */
#include "forecast.h"
#include "own.h"
#include "scaling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DAYS_LEARNT 21
#define DAY_S       86400
#define SLOTS_MAX   64
#define JOBS_MAX    400000
#define LOOK_S      5  /* the rule is asked so often */
#define RECENT_S    60 /* over which arrivals are counted */
#define AHEAD       2  /* buckets of forecast that count */
#define SERVICE_S   1.2
#define BURST_AT    (15 * 3600)
#define BURST_S     120
#define BURST_TIMES 50

static uint64_t state;
static double
chance(void) /* xorshift64*: the same numbers everywhere */
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((double)(state * 2685821657736338717ull >> 11) + 0.5) / 9007199254740992.0;
}
static double
normal(void)
{
	return sqrt(-2 * log(chance())) * cos(2 * M_PI * chance());
}

static double
rate_at(int day, double s)
{
	double hour = s / 3600;
	double peaks = exp(-(hour - 9) * (hour - 9) / 1.5) + 0.7 * exp(-(hour - 19.5) * (hour - 19.5) / 3);
	double weekend = day % 7 >= 5 ? 0.6 : 1;
	return weekend * (0.05 + 4 * peaks);
}

enum policy { FIXED, REACTIVE, FORECAST };
struct outcome {
	double p50, p95, p99, worst, slot_hours;
};

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct world {
	double arrivals[JOBS_MAX];
	size_t n;
	struct forecast learnt;
};

static void
learn(struct world *w)
{
	for (int day = 0; day < DAYS_LEARNT; day++) {
		for (int b = 0; b < FORECAST_DAY; b++) {
			double mean = rate_at(day, (b + 0.5) * 300) * 300;
			double count = mean + sqrt(mean) * normal();
			forecast_add(&w->learnt, count > 0 ? count : 0);
		}
	}
}

static void
draw_arrivals(struct world *w)
{
	for (double t = 0; w->n < JOBS_MAX;) {
		double burst = t >= BURST_AT && t < BURST_AT + BURST_S ? BURST_TIMES : 1;
		t += -log(chance()) / (rate_at(DAYS_LEARNT, t) * burst);
		if (t >= DAY_S)
			break;
		w->arrivals[w->n++] = t;
	}
}

/* Second by second: slots come up, jobs are taken in order, the rule looks every few seconds. */
static struct outcome
replay(const struct world *w, enum policy policy, int32_t fixed, int up_s)
{
	static double waits[JOBS_MAX];
	struct forecast f = w->learnt;
	const struct scaling_limits limits = {
	    .min = 1, .max = SLOTS_MAX, .target_wait_s = 10, .utilisation = 0.7, .cooldown_ms = 300000};
	struct scaler scaler = {0};
	double free_at[SLOTS_MAX] = {0}, slot_seconds = 0;
	int32_t slots = policy == FIXED ? fixed : 1;
	size_t came = 0, taken = 0, in_bucket = 0;
	for (int s = 0; s < DAY_S; s++) {
		for (; came < w->n && w->arrivals[came] < s + 1; came++)
			in_bucket++;
		if (s % 300 == 299) {
			forecast_add(&f, (double)in_bucket);
			in_bucket = 0;
		}
		for (int32_t i = 0; i < slots && taken < came; i++) {
			while (free_at[i] < s + 1 && taken < came) {
				double begin = fmax(fmax(free_at[i], w->arrivals[taken]), s);
				waits[taken] = begin - w->arrivals[taken];
				free_at[i] = begin + SERVICE_S * exp(0.5 * normal() - 0.125);
				taken++;
			}
		}
		slot_seconds += slots;
		if (policy == FIXED || s % LOOK_S != 0)
			continue;
		size_t recent = 0;
		while (recent < came && w->arrivals[came - 1 - recent] > s - RECENT_S)
			recent++;
		double most = -1;
		for (size_t a = 0; policy == FORECAST && a < AHEAD; a++)
			most = fmax(most, forecast_at(&f, a) / 300);
		const struct scaling_signals now = {.arrivals_per_s = (double)recent / RECENT_S,
		                                    .forecast_per_s = most,
		                                    .service_s = SERVICE_S,
		                                    .queued = (int64_t)(came - taken)};
		int32_t wanted = scaling_decide(&scaler, &limits, &now, (int64_t)s * 1000 + 1).applied;
		for (; slots < wanted; slots++)
			free_at[slots] = s + up_s;
		slots = wanted;
	}
	qsort(waits, taken, sizeof waits[0], by_size);
	return (struct outcome){.p50 = waits[taken / 2],
	                        .p95 = waits[taken * 95 / 100],
	                        .p99 = waits[taken * 99 / 100],
	                        .worst = waits[taken - 1],
	                        .slot_hours = slot_seconds / 3600};
}

static void
print(const char *name, struct outcome o)
{
	printf("%-22s %8.2f %8.2f %8.2f %8.1f %12.1f\n", name, o.p50, o.p95, o.p99, o.worst, o.slot_hours);
}

int
main(int argc, char **argv)
{
	static struct world w;
	state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	if (state == 0)
		state = 1;
	learn(&w);
	draw_arrivals(&w);
	printf("%zu jobs in a day; the forecast's error on the day before: %.0f %%\n", w.n,
	       100 * forecast_error(&w.learnt));
	static const int ups[] = {20, 300};
	for (size_t i = 0; i < ARRAY_LEN(ups); i++) {
		char name[40];
		printf("\na slot comes up in %d s\n", ups[i]);
		printf("%-22s %8s %8s %8s %8s %12s\n", "wait in seconds", "p50", "p95", "p99", "worst",
		       "slot hours");
		struct outcome forecast = replay(&w, FORECAST, 0, ups[i]);
		int32_t same = (int32_t)ceil(forecast.slot_hours / 24);
		snprintf(name, sizeof name, "fixed, %d (same price)", same);
		print(name, replay(&w, FIXED, same, 0));
		snprintf(name, sizeof name, "fixed, %d (twice)", 2 * same);
		print(name, replay(&w, FIXED, 2 * same, 0));
		print("reactive", replay(&w, REACTIVE, 0, ups[i]));
		print("reactive and forecast", forecast);
	}
	return 0;
}
