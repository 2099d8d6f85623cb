/* reports.h: what operators ask of storage, as JSON: what reading has cost, and how jobs went.
 *
 *	GET /reports/costs?from=MS&to=MS&by=day|type|user
 *	{"schema": "docket.costs/1", "currency": "EUR", "rows": [{"key", "jobs", "attempts", "wasted",
 *	 "wall_ms", "cpu_ms", "memory_kib_s", "bytes_in", "bytes_out", "price", "wasted_cpu_ms",
 *	 "wasted_price"}]}
 *	GET /reports/outcomes?from=MS&to=MS
 *	{"schema": "docket.outcomes/1", "limit_ms", "days": [{"day", "done", "late", "failed_ours",
 *	 "failed_theirs", "cancelled", "open"}]}
 *
 * On the admin port of a running service. A command that wants one asks there, since SQLite has one owner;
 * where nobody answers it opens storage itself.
 */
#ifndef DOCKET_REPORTS_H
#define DOCKET_REPORTS_H

#include "json_own.h"
#include "observe.h"
#include "period.h"
#include "settings.h"
#include "storage.h"

struct report_source {
	struct storage *storage;
	const struct settings *settings;
};
/* Pages of the admin port, for admin_start() by whoever keeps a report_source. */
enum err report_costs(const struct report_source *from, const struct admin_query *q, struct buf *out,
                      struct why *why) MUST_CHECK;
enum err report_outcomes(const struct report_source *from, const struct admin_query *q, struct buf *out,
                         struct why *why) MUST_CHECK;

/* `what` is "costs" or "outcomes". */
enum err report_get(const struct settings *s, const char *what, struct period p, const char *by, json_t **ret,
                    struct why *why) MUST_CHECK;
/* A GET of that address, at most 8 MiB. ERR_ABSENT: nobody listens there. */
enum err report_fetch(const char *url, json_t **ret, struct why *why) MUST_CHECK;

#endif
