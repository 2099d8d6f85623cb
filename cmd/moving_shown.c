#include "moving_shown.h"

#include "audit.h"
#include "clock.h"
#include "own.h"

#define SHOW_MS 2000

static void
show(void *arg, const char *what, int64_t done, int64_t of)
{
	struct moving_shown *s = arg;
	int64_t now = clock_steady_ms();
	if (now - s->last_ms < SHOW_MS)
		return;
	s->last_ms = now;
	fprintf(stderr, "%s: %lld of %lld\n", what, (long long)done, (long long)of);
}

struct moving_watch
moving_show(struct moving_shown *s)
{
	s->last_ms = clock_steady_ms();
	return (struct moving_watch){show, s};
}

enum err
moving_prove(const struct storage_options *o, struct why *why)
{
	OWNED(storage_close) struct storage *st = NULL;
	struct audit_proof p;
	TRY(storage_open(o, &st, why));
	TRY(storage_audit_verify(st, &p, why));
	if (p.broken_n != 0)
		return fail(why, ERR_BROKEN, "the audit does not hold together at entry %lld",
		            (long long)p.broken_n);
	printf("The audit holds together: %lld entries, the last %s.\n", (long long)p.entries, p.last_hash);
	return ERR_NONE;
}
