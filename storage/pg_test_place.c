#include "pg_test_place.h"

#include "own.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

char schema[32];

void
sql(const char *text, char *ret, size_t n)
{
	PGconn *c = PQconnectdb(getenv("TEST_PG_URL"));
	PGresult *r = PQexec(c, text);
	ExecStatusType s = PQresultStatus(r);
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK)
		BUG("%s: %s", text, PQerrorMessage(c));
	if (ret)
		snprintf(ret, n, "%s", s == PGRES_TUPLES_OK && PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	PQfinish(c);
}

enum err
upload_paper(struct storage *st, struct uuid user, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("paper", MIB);
	struct uuid id = uuid_new();
	struct blob b = {.size = 1};
	const struct job *j;
	bool replayed;
	hex_text(id.b, sizeof id.b, b.key);
	const struct upload u = {
	    .user = user, .job_id = id, .document_id = uuid_new(), .blob = &b, .media_type = "image/png"};
	return storage_upload(st, &u, mem, &j, &replayed, why);
}

void
open_nodes(const struct storage_options *o, struct storage *ret[static NODES])
{
	struct why why;
	for (int i = 0; i < NODES; i++)
		assert_int_equal(storage_open(o, &ret[i], &why), ERR_NONE);
}

void
close_nodes(struct storage *st[static NODES])
{
	for (int i = 0; i < NODES; i++)
		storage_close(&st[i]);
}
