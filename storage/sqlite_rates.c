/* Shared limits: SQLite has one process, and nobody to share with. */
#include "sqlite_store.h"

enum err
sqlite_rates_draw(struct storage *st, struct rate_draw *draws, size_t n, struct why *why)
{
	(void)st, (void)draws, (void)n;
	return fail(why, ERR_ABSENT, "one process alone");
}

enum err
sqlite_rates_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
	(void)st, (void)age_ms, (void)n;
	return fail(why, ERR_ABSENT, "one process alone");
}
