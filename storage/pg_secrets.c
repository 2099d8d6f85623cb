/* Secrets that were stored before there was a key, in PostgreSQL. */
#include "pg_store.h"

#include "own.h"

#include <sodium.h>

/* The two places of secrets. Several nodes may start at once: each row is sealed by who is first. */
static const struct {
	const char *all, *seal;
} places[] = {
    {"SELECT id, encode(totp_secret, 'hex') FROM users WHERE totp_secret IS NOT NULL",
     "UPDATE users SET totp_secret = $2 WHERE id = $1 AND totp_secret = $3"},
    {"SELECT id, encode(convert_to(secret, 'UTF8'), 'hex') FROM webhook",
     "UPDATE webhook SET secret = convert_from($2::bytea, 'UTF8')"
     " WHERE id = $1 AND secret = convert_from($3::bytea, 'UTF8')"},
};

static enum err
see_row(struct storage *st, const PGresult *r, int row, const char *seal, struct why *why)
{
	uint8_t secret[SEALED_MAX];
	char sealed[SEALED_MAX];
	size_t n = (size_t)PQgetlength(r, row, 1) / 2;
	struct uuid id = col_uuid(r, row, 0);
	if (n > sizeof secret || !hex_parse(PQgetvalue(r, row, 1), secret, n) ||
	    !store_secret_seen(st, secret, n) || n > SECRET_MAX)
		return ERR_NONE;
	struct pg_call q = {.sql = seal};
	size_t len = store_seal(st, id, secret, n, sealed);
	arg_uuid(&q, id);
	arg_bytes(&q, (const uint8_t *)sealed, len);
	arg_bytes(&q, secret, n);
	enum err e = pg_change(st, &q, NULL, NULL, why);
	sodium_memzero(secret, sizeof secret);
	return e;
}

enum err
pg_secrets_seal(struct storage *st, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct pg_call q = {.sql = places[i].all};
		RESULT *r = NULL;
		TRY(pg_query(st, &q, &r, why));
		for (int row = 0; row < PQntuples(r); row++)
			TRY(see_row(st, r, row, places[i].seal, why));
	}
	return ERR_NONE;
}
