/* Due dates, in PostgreSQL. */
#include "pg_store.h"

#include "own.h"

enum err
pg_due_dates(struct storage *st, struct uuid user, struct arena *mem, const struct due_date **ret, size_t *n,
             struct why *why)
{
	struct pg_call q = {.sql = "SELECT * FROM (SELECT document.id, CASE WHEN c.id IS NULL"
	                           "  THEN document.due_date"
	                           "  ELSE c.after::json #>> '{normalized}' END AS due,"
	                           " document.merchant, document.total, document.currency FROM document"
	                           " LEFT JOIN correction c ON c.document_id = document.id"
	                           "  AND c.path = 'due_date' AND c.undone_ms IS NULL"
	                           " WHERE document.user_id = $1 AND document.trashed_ms IS NULL"
	                           " AND NOT " DOCUMENT_PAID ") d"
	                           " WHERE due LIKE '____-__-__' ORDER BY due DESC LIMIT 500"};
	RESULT *r = NULL;
	struct due_date *dates;
	bool full = false;
	arg_uuid(&q, user);
	TRY(pg_query(st, &q, &r, why));
	size_t found = (size_t)PQntuples(r);
	ARENA_TRY(dates, arena_array(mem, found ? found : 1, sizeof *dates), mem, why);
	for (size_t i = 0; i < found; i++)
		dates[i] = (struct due_date){.document_id = col_uuid(r, (int)i, 0),
		                             .date = col_text(r, (int)i, 1, mem, &full),
		                             .merchant = col_text(r, (int)i, 2, mem, &full),
		                             .total = col_text(r, (int)i, 3, mem, &full),
		                             .currency = col_text(r, (int)i, 4, mem, &full)};
	if (full)
		return arena_full(mem, why);
	*ret = dates;
	*n = found;
	return ERR_NONE;
}
