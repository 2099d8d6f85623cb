/* result_checks.h: what can be told about a result from itself: sums, dates, doubts.
 *
 * A check is {"id", "ok", ...figures}; one that has nothing to compare is absent. A review is
 * {"needed", "reasons", "fields"}: stable words for the app to translate.
 */
#ifndef DOCKET_RESULT_CHECKS_H
#define DOCKET_RESULT_CHECKS_H

#include "document.h"

#include <jansson.h>

/* `today`: a local calendar date, "2026-11-24". New references. */
json_t *result_checks(const json_t *fields, const json_t *line_items, const char *today);
json_t *result_review(const char *doc_type, const json_t *fields, const json_t *checks,
                      const struct document_text *d);

#endif
