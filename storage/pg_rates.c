/* Token buckets that nodes share, in PostgreSQL: see draw_rates() of the migrations. */
#include "pg_store.h"

#include "own.h"

#include <string.h>

#define DRAW_TEXT_LEN 64 /* of one draw in one of the arrays, at most */

enum column { KEYS, SIZES, SPENT, WANTED, N_COLUMNS };

static void
put_draw(struct buf *of, const struct rate_draw *d, bool first)
{
	char key[2 * RATE_KEY_LEN + 1];
	const int64_t n[] = {[SIZES] = d->per_minute, [SPENT] = d->spent, [WANTED] = d->wanted};
	hex_text(d->key, RATE_KEY_LEN, key);
	buf_printf(&of[KEYS], "%s%s", first ? "" : ",", key);
	for (int i = SIZES; i < N_COLUMNS; i++)
		buf_printf(&of[i], "%s%lld", first ? "" : ",", (long long)n[i]);
}

enum err
pg_rates_draw(struct storage *st, struct rate_draw *draws, size_t n, struct why *why)
{
	struct pg_call q = {.sql = "SELECT granted, left_over FROM draw_rates($1::text[], $2::bigint[],"
	                           " $3::bigint[], $4::bigint[])"};
	struct buf of[N_COLUMNS];
	RESULT *r = NULL;
	if (n == 0)
		return ERR_NONE;
	if (n > RATE_DRAWS_MAX)
		BUG("%zu buckets at once", n);
	for (int i = 0; i < N_COLUMNS; i++) {
		of[i] = buf_init(RATE_DRAWS_MAX * DRAW_TEXT_LEN);
		buf_putc(&of[i], '{');
	}
	for (size_t i = 0; i < n; i++)
		put_draw(of, &draws[i], i == 0);
	for (int i = 0; i < N_COLUMNS; i++) {
		buf_putc(&of[i], '}');
		arg_text(&q, of[i].data);
	}
	/* Not a change whose outcome is waited for: what a broken connection drew costs its bucket a little,
	 * and whoever wants to log in stands behind it. */
	enum err e = pg_query(st, &q, &r, why);
	for (int i = 0; i < N_COLUMNS; i++)
		buf_free(&of[i]);
	TRY(e);
	if ((size_t)PQntuples(r) != n)
		return fail(why, ERR_BROKEN, "%d answers for %zu buckets", PQntuples(r), n);
	for (size_t i = 0; i < n; i++) {
		draws[i].granted = col_int(r, (int)i, 0);
		draws[i].left = (double)col_int(r, (int)i, 1) / 1000;
	}
	return ERR_NONE;
}

enum err
pg_rates_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
	struct pg_call q = {.sql =
	                        "WITH gone AS (DELETE FROM rate_bucket WHERE refilled_ms < docket_ms() - $1"
	                        " RETURNING 1) SELECT count(*) FROM gone"};
	RESULT *r = NULL;
	arg_int(&q, age_ms);
	TRY(pg_change(st, &q, NULL, &r, why));
	*n = (size_t)col_int(r, 0, 0);
	return ERR_NONE;
}
