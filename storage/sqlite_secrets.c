/* Secrets that were stored before there was a key. */
#include "sqlite_store.h"

#include <sodium.h>

/* The two places of secrets, read row by row in the order of ids, so that rows may change in between. */
static const struct {
	const char *next, *seal;
} places[] = {
    {"SELECT id, totp_secret FROM user WHERE id > ?1 AND totp_secret IS NOT NULL ORDER BY id LIMIT 1",
     "UPDATE user SET totp_secret = ?2 WHERE id = ?1"},
    {"SELECT id, secret FROM webhook WHERE id > ?1 ORDER BY id LIMIT 1",
     "UPDATE webhook SET secret = CAST(?2 AS TEXT) WHERE id = ?1"},
};

struct seal_op {
	size_t sealed;
};

static enum err
seal_row(struct storage *st, struct connection *c, const char *sql, struct uuid id, const void *secret,
         size_t n, struct why *why)
{
	char sealed[SEALED_MAX];
	STATEMENT *s = statement(c, sql, why);
	if (!s)
		return ERR_BROKEN;
	size_t len = store_seal(st, id, secret, n, sealed);
	bind_uuid(s, 1, &id);
	sqlite3_bind_blob(s, 2, sealed, (int)len, SQLITE_STATIC);
	return step_done(c, s, why);
}

/* The first row after `*id`. ERR_ABSENT: there is none. */
static enum err
see_row(struct storage *st, struct connection *c, size_t place, struct uuid *id, struct seal_op *o,
        struct why *why)
{
	char secret[SECRET_MAX];
	size_t n = 0;
	bool plain = false;
	{
		STATEMENT *s = statement(c, places[place].next, why);
		if (!s)
			return ERR_BROKEN;
		bind_uuid(s, 1, id);
		enum err e = step_row(c, s, why);
		if (e != ERR_NONE)
			return e;
		*id = column_uuid(s, 0);
		n = (size_t)sqlite3_column_bytes(s, 1);
		const void *p = sqlite3_column_blob(s, 1);
		plain = store_secret_seen(st, p, n) && n <= sizeof secret;
		if (plain)
			memcpy(secret, p, n);
	}
	if (!plain)
		return ERR_NONE;
	o->sealed++;
	enum err e = seal_row(st, c, places[place].seal, *id, secret, n, why);
	sodium_memzero(secret, sizeof secret);
	return e;
}

static enum err
seal_all(struct storage *st, struct connection *c, void *arg, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct uuid id = {{0}};
		enum err e = ERR_NONE;
		while (e == ERR_NONE)
			e = see_row(st, c, i, &id, arg, why);
		if (e != ERR_ABSENT)
			return e;
	}
	return ERR_NONE;
}

enum err
sqlite_secrets_seal(struct storage *st, struct why *why)
{
	struct seal_op o = {0};
	TRY(store_write(st, seal_all, &o, why));
	return o.sealed ? store_scrub(st, why) : ERR_NONE; /* the log holds them as they were */
}
