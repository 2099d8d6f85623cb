/* shadow.h: a second model that reads what the first has answered, and is only compared with it.
 *
 * One thread, one paper waiting at most: when it is busy a paper is passed over and counted. Nothing of
 * a paper is logged, only the names of fields that came out differently.
 */
#ifndef DOCKET_ML_SHADOW_H
#define DOCKET_ML_SHADOW_H

#include "inference.h"
#include "observe.h"

struct shadow;
/* `pin` is name@version; it is loaded here and refused like any other. */
enum err shadow_start(const char *models, const char *pin, struct log *log, struct shadow **ret,
                      struct why *why) MUST_CHECK;
void shadow_stop(struct shadow **s);
/* Copies what it needs; returns at once. `s` may be NULL. */
void shadow_show(struct shadow *s, const char *document, size_t n, const json_t *answer, const char *job_id);

#endif
