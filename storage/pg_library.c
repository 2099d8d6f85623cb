/* library.h is not ported to PostgreSQL yet. */
#include "pg_store.h"

enum err
pg_document_find(struct storage *st, struct uuid user, const struct document_filter *f,
                 const struct document_cursor *after, int32_t limit, struct arena *mem,
                 struct found_page *ret, struct why *why)
{
	(void)st, (void)user, (void)f, (void)after, (void)limit, (void)mem, (void)ret;
	return fail(why, ERR_BROKEN, "document_find() is not there on PostgreSQL yet");
}

enum err
pg_document_duplicates(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                       const struct duplicate **ret, size_t *n, struct why *why)
{
	(void)st, (void)user, (void)id, (void)mem, (void)ret, (void)n;
	return fail(why, ERR_BROKEN, "document_duplicates() is not there on PostgreSQL yet");
}

enum err
pg_document_facets(struct storage *st, struct uuid user, struct arena *mem, const struct facet **ret,
                   size_t *n, struct why *why)
{
	(void)st, (void)user, (void)mem, (void)ret, (void)n;
	return fail(why, ERR_BROKEN, "document_facets() is not there on PostgreSQL yet");
}

enum err
pg_document_change(struct storage *st, struct uuid user, struct uuid id, const struct document_change *change,
                   struct arena *mem, const struct document **ret, struct why *why)
{
	(void)st, (void)user, (void)id, (void)change, (void)mem, (void)ret;
	return fail(why, ERR_BROKEN, "document_change() is not there on PostgreSQL yet");
}

enum err
pg_document_delete(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                   struct why *why)
{
	(void)st, (void)user, (void)id, (void)request_id;
	return fail(why, ERR_BROKEN, "document_delete() is not there on PostgreSQL yet");
}

enum err
pg_document_reprocess(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                      struct arena *mem, const struct job **ret, struct why *why)
{
	(void)st, (void)user, (void)id, (void)request_id, (void)mem, (void)ret;
	return fail(why, ERR_BROKEN, "document_reprocess() is not there on PostgreSQL yet");
}

enum err
pg_trash_empty(struct storage *st, int64_t before_ms, size_t *n, struct why *why)
{
	(void)st, (void)before_ms, (void)n;
	return fail(why, ERR_BROKEN, "trash_empty() is not there on PostgreSQL yet");
}
