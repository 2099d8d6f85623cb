/* What results tell beyond the lists: for an owner who looks over all. */
#include "sqlite_store.h"

#include "library.h"

static enum err
list(struct connection *c, struct uuid user, struct arena *mem, const struct digest **ret, size_t *n,
     struct why *why)
{
	struct digest *rows;
	bool full = false;
	ARENA_TRY(rows, arena_array(mem, DIGESTS_MAX, sizeof *rows), mem, why);
	STATEMENT *s = statement(
	    c,
	    "SELECT document.id, document.job_id, document.doc_type, document.merchant,"
	    " document.title, document.date, document.total, document.currency, " DOCUMENT_PAID ","
	    " CASE WHEN due.id IS NULL THEN document.due_date"
	    "  ELSE json_extract(due.after, '$.normalized') END,"
	    " CASE WHEN spent.id IS NULL THEN document.category"
	    "  ELSE json_extract(spent.after, '$.normalized') END,"
	    " (SELECT group_concat(value, char(10)) FROM json_each(document.doubtful)"
	    "  WHERE NOT EXISTS (SELECT 1 FROM correction c WHERE c.document_id = document.id"
	    "   AND c.path = value AND c.undone_ms IS NULL))"
	    " FROM document"
	    " LEFT JOIN correction due ON due.document_id = document.id"
	    "  AND due.path = 'due_date' AND due.undone_ms IS NULL"
	    " LEFT JOIN correction spent ON spent.document_id = document.id"
	    "  AND spent.path = 'category' AND spent.undone_ms IS NULL"
	    " WHERE document.user_id = ?1 AND document.trashed_ms IS NULL AND document.doubtful IS NOT NULL"
	    " ORDER BY document.id DESC LIMIT ?2",
	    why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	sqlite3_bind_int(s, 2, DIGESTS_MAX);
	*n = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		rows[(*n)++] = (struct digest){.document_id = column_uuid(s, 0),
		                               .job_id = column_uuid(s, 1),
		                               .doc_type = column_text(s, 2, mem, &full),
		                               .merchant = column_text(s, 3, mem, &full),
		                               .title = column_text(s, 4, mem, &full),
		                               .date = column_text(s, 5, mem, &full),
		                               .total = column_text(s, 6, mem, &full),
		                               .currency = column_text(s, 7, mem, &full),
		                               .paid = sqlite3_column_int(s, 8) != 0,
		                               .due_date = column_text(s, 9, mem, &full),
		                               .category = column_text(s, 10, mem, &full),
		                               .doubtful = column_text(s, 11, mem, &full)};
	}
	if (full)
		return arena_full(mem, why);
	*ret = rows;
	return ERR_NONE;
}

enum err
sqlite_document_digests(struct storage *st, struct uuid user, struct arena *mem, const struct digest **ret,
                        size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list(c, user, mem, ret, n, why);
	reader_give(st, c);
	return e;
}
