/* Due dates, for a calendar. */
#include "sqlite_store.h"

#define DATES_MAX 500

static enum err
list(struct connection *c, struct uuid user, struct arena *mem, const struct due_date **ret, size_t *n,
     struct why *why)
{
	struct due_date *dates;
	bool full = false;
	ARENA_TRY(dates, arena_array(mem, DATES_MAX, sizeof *dates), mem, why);
	STATEMENT *s =
	    statement(c,
	              "SELECT document.id, CASE WHEN correction.id IS NULL"
	              "  THEN document.due_date"
	              "  ELSE json_extract(correction.after, '$.normalized') END AS due,"
	              " document.merchant, document.total, document.currency FROM document"
	              " LEFT JOIN correction ON correction.document_id = document.id"
	              "  AND correction.path = 'due_date' AND correction.undone_ms IS NULL"
	              " WHERE document.user_id = ?1 AND document.trashed_ms IS NULL"
	              " AND NOT " DOCUMENT_PAID " AND due LIKE '____-__-__' ORDER BY due DESC LIMIT 500",
	              why);
	if (!s)
		return ERR_BROKEN;
	bind_uuid(s, 1, &user);
	*n = 0;
	for (enum err e; (e = step_row(c, s, why)) != ERR_ABSENT;) {
		TRY(e);
		dates[(*n)++] = (struct due_date){.document_id = column_uuid(s, 0),
		                                  .date = column_text(s, 1, mem, &full),
		                                  .merchant = column_text(s, 2, mem, &full),
		                                  .total = column_text(s, 3, mem, &full),
		                                  .currency = column_text(s, 4, mem, &full)};
	}
	if (full)
		return arena_full(mem, why);
	*ret = dates;
	return ERR_NONE;
}

enum err
sqlite_due_dates(struct storage *st, struct uuid user, struct arena *mem, const struct due_date **ret,
                 size_t *n, struct why *why)
{
	struct connection *c = reader_take(st);
	enum err e = list(c, user, mem, ret, n, why);
	reader_give(st, c);
	return e;
}
