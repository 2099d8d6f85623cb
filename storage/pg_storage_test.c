/* The conformance suite on PostgreSQL, and what only this driver promises. Run by tools/with-servers. */
#include "storage_conformance.h"

#include "clock.h"
#include "own.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A statement of the test's own, outside the driver. The first value of the first row, or "". */
static void
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

/* Each place is a schema of its own; its name is what is unique about it. */
static char schema[32];

static void
make_place(const char **storage_url, const char **blobs_url)
{
	static char urls[2][4200];
	char dir[] = "/tmp/docket-storage-XXXXXX", create[64];
	const char *server = getenv("TEST_PG_URL"), *s3 = getenv("TEST_S3_URL");
	if (!server || !mkdtemp(dir))
		BUG("run me by tools/with-servers");
	snprintf(schema, sizeof schema, "t%.6s", dir + sizeof dir - 7);
	snprintf(create, sizeof create, "CREATE SCHEMA \"%s\"", schema);
	sql(create, NULL, 0);
	snprintf(urls[0], sizeof urls[0], "%s%coptions=-csearch_path%%3D%%22%s%%22", server,
	         strchr(server, '?') ? '&' : '?', schema);
	if (s3)
		snprintf(urls[1], sizeof urls[1], "%s&prefix=%s", s3, schema);
	else
		snprintf(urls[1], sizeof urls[1], "file:%s/blobs", dir);
	*storage_url = urls[0];
	*blobs_url = urls[1];
}

int
main(void)
{
	static const struct conformance_place place = {.make = make_place, .shared = true};
	return storage_conformance(&place);
}
