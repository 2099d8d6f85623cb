/* Objects that no row names: of uploads that broke off before their transaction. */
#include "s3_request.h"

#include "clock.h"
#include "own.h"

#include <string.h>
#include <time.h>

struct sweep {
	struct storage *st;
	int64_t before_ms;
	size_t *n;
};

/* "2026-11-24T18:38:52.821Z"; 0: not a time. */
static int64_t
time_of(const char *text)
{
	struct tm tm = {0};
	return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) * 1000 : 0;
}

/* Taken away if it is old enough and nobody's. */
static enum err
look_at(void *arg, const char *key, const char *modified, struct why *why)
{
	const struct sweep *w = arg;
	int64_t at = time_of(modified);
	if (!blob_key_ok(key) || at == 0 || at > w->before_ms || w->st->row_driver->knows_blob(w->st, key))
		return ERR_NONE;
	TRY(w->st->blob_driver->remove(w->st, key, why));
	++*w->n;
	return ERR_NONE;
}

enum err
s3_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
	struct sweep w = {st, clock_wall_ms() - age_ms, n};
	return s3_list(st->blobs, "", look_at, &w, why);
}
