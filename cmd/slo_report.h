/* slo_report.h: how much of each objective's error budget a period has used, as text, JSON or a page.
 *
 * The budget is the share that may be bad (1 - target) of all events of the period; `burn` is what was bad
 * over what might have been: 1.0 has used all of it.
 */
#ifndef DOCKET_SLO_REPORT_H
#define DOCKET_SLO_REPORT_H

#include "buf.h"
#include "period.h"

#include <stddef.h>

#define SLO_DAYS_MAX 400

struct slo {
	const char *name, *meaning;
	double target; /* 0..1 */
	bool known;    /* false: this source cannot tell */
	struct slo_day {
		double good, bad;
	} days[SLO_DAYS_MAX];
};
struct slo_report {
	struct period period;
	size_t n_days;
	const char *source; /* "Prometheus at ...", "the service's own records" */
	struct slo slos[3];
};
enum { SLO_AVAILABILITY, SLO_RESULT_TIME, SLO_JOBS_DONE };

void slo_report_text(struct buf *out, const struct slo_report *r);
void slo_report_json(struct buf *out, const struct slo_report *r);
/* One file without scripts and without anything from elsewhere. */
void slo_report_html(struct buf *out, const struct slo_report *r);

#endif
