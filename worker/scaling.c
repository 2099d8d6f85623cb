#include "scaling.h"

#include <math.h>

static int32_t
needed(const struct scaling_limits *l, double per_s, double service_s, double queued)
{
	double n = ceil((per_s * service_s + queued * service_s / l->target_wait_s) / l->utilisation - 1e-9);
	if (!(n > l->min)) /* also when a signal is no number */
		return l->min;
	return n < l->max ? (int32_t)n : l->max;
}

struct scaling_decision
scaling_decide(struct scaler *s, const struct scaling_limits *l, const struct scaling_signals *now,
               int64_t now_ms)
{
	struct scaling_decision d = {.reactive =
	                                 needed(l, now->arrivals_per_s, now->service_s, (double)now->queued)};
	if (now->forecast_per_s >= 0)
		d.forecast = needed(l, now->forecast_per_s, now->service_s, (double)now->queued);
	if (now->oldest_wait_s > l->target_wait_s && d.reactive <= s->applied && s->applied < l->max)
		d.reactive = s->applied + 1;
	int32_t wanted = d.reactive > d.forecast ? d.reactive : d.forecast;
	if (s->applied < l->min)
		s->applied = l->min;
	if (wanted >= s->applied) {
		s->applied = wanted;
		s->lower_since_ms = 0;
	} else if (s->lower_since_ms == 0) {
		s->lower_since_ms = now_ms;
	} else if (now_ms - s->lower_since_ms >= l->cooldown_ms) {
		s->applied--;
		s->lower_since_ms = now_ms;
	}
	d.applied = s->applied;
	d.drain_s = (double)now->queued * now->service_s / s->applied;
	return d;
}
