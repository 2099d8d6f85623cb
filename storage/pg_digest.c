/* What results tell beyond the lists, in PostgreSQL. */
#include "pg_store.h"

#include "library.h"
#include "own.h"

enum err
pg_document_digests(struct storage *st, struct uuid user, struct arena *mem, const struct digest **ret,
                    size_t *n, struct why *why)
{
	struct pg_call q = {
	    .sql =
	        "SELECT document.id, document.job_id, document.doc_type, document.merchant,"
	        " document.title, document.date, document.total, document.currency,"
	        " (" DOCUMENT_PAID ")::int,"
	        " CASE WHEN due.id IS NULL THEN document.due_date"
	        "  ELSE due.after::json #>> '{normalized}' END,"
	        " CASE WHEN spent.id IS NULL THEN document.category"
	        "  ELSE spent.after::json #>> '{normalized}' END,"
	        " (SELECT string_agg(f.name, E'\\n') FROM json_array_elements_text(document.doubtful::json)"
	        "   AS f (name)"
	        "  WHERE NOT EXISTS (SELECT 1 FROM correction c WHERE c.document_id = document.id"
	        "   AND c.path = f.name AND c.undone_ms IS NULL))"
	        " FROM document"
	        " LEFT JOIN correction due ON due.document_id = document.id"
	        "  AND due.path = 'due_date' AND due.undone_ms IS NULL"
	        " LEFT JOIN correction spent ON spent.document_id = document.id"
	        "  AND spent.path = 'category' AND spent.undone_ms IS NULL"
	        " WHERE document.user_id = $1 AND document.trashed_ms IS NULL AND document.doubtful IS NOT "
	        "NULL"
	        " ORDER BY document.id DESC LIMIT $2"};
	RESULT *r = NULL;
	struct digest *rows;
	bool full = false;
	arg_uuid(&q, user);
	arg_int(&q, DIGESTS_MAX);
	TRY(pg_query(st, &q, &r, why));
	size_t found = (size_t)PQntuples(r);
	ARENA_TRY(rows, arena_array(mem, found ? found : 1, sizeof *rows), mem, why);
	for (int i = 0; i < (int)found; i++)
		rows[i] = (struct digest){.document_id = col_uuid(r, i, 0),
		                          .job_id = col_uuid(r, i, 1),
		                          .doc_type = col_text(r, i, 2, mem, &full),
		                          .merchant = col_text(r, i, 3, mem, &full),
		                          .title = col_text(r, i, 4, mem, &full),
		                          .date = col_text(r, i, 5, mem, &full),
		                          .total = col_text(r, i, 6, mem, &full),
		                          .currency = col_text(r, i, 7, mem, &full),
		                          .paid = col_int(r, i, 8) != 0,
		                          .due_date = col_text(r, i, 9, mem, &full),
		                          .category = col_text(r, i, 10, mem, &full),
		                          .doubtful = col_text(r, i, 11, mem, &full)};
	if (full)
		return arena_full(mem, why);
	*ret = rows;
	*n = found;
	return ERR_NONE;
}
