/* scaling.h: how many documents ought to be read at once. One rule for the slots of `docket up`, for
 * docket_scaling_desired_workers and so for KEDA in a cluster.
 *
 *	needed = (arrivals a second * service time + queued * service time / target wait) / utilisation
 *
 * and one more than there are when somebody has waited for longer than the target all the same, behind a
 * document that takes long. The reactive rule puts in what has come of late, the forecast what is expected
 * within the horizon; the larger wins. Slots are added at once; they go by the reactive rule alone, one step
 * at a time, and only after it has asked for fewer during the whole cooldown: a forecast takes none away.
 */
#ifndef DOCKET_SCALING_H
#define DOCKET_SCALING_H

#include <stdint.h>

struct scaling_limits {
	int32_t min, max;
	double target_wait_s; /* a job should not wait longer than this */
	double utilisation;   /* 0..1 of a slot's time that may be planned away */
	int64_t cooldown_ms;
};
struct scaling_signals {
	double arrivals_per_s; /* of late */
	double forecast_per_s; /* the most within the horizon; negative: no forecast */
	double service_s;      /* of one job, on average */
	int64_t queued;
	double oldest_wait_s; /* of those that could run; 0: nobody waits */
};
struct scaling_decision {
	int32_t reactive, forecast, applied; /* forecast 0: there is none */
	double drain_s;                      /* until the queue is empty, with what is applied */
};
struct scaler {
	int32_t applied;        /* 0 at first: the minimum */
	int64_t lower_since_ms; /* 0: the reactive rule does not ask for less */
};

struct scaling_decision scaling_decide(struct scaler *s, const struct scaling_limits *l,
                                       const struct scaling_signals *now, int64_t now_ms);

#endif
