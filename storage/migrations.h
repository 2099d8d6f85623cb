/* migrations.h: the statements that bring a database from one version to the next, in order. */
#ifndef DOCKET_MIGRATIONS_H
#define DOCKET_MIGRATIONS_H

#include <stddef.h>

struct migration {
	int version; /* the database's after it; from 1, without gaps */
	const char *name, *sql;
};
/* From storage/migrations/ and its postgres/ by the build; each ends with a NULL sql. */
extern const struct migration sqlite_migrations[], postgres_migrations[];

#endif
