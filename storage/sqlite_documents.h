/* sqlite_documents.h: what the files about documents share. */
#ifndef DOCKET_SQLITE_DOCUMENTS_H
#define DOCKET_SQLITE_DOCUMENTS_H

#include "buf.h"
#include "library.h"
#include "search_words.h"
#include "sqlite_store.h"

#define DOCUMENT_COLUMNS                                                                              \
	"document.id, document.user_id, document.job_id, document.file_name, document.media_type,"    \
	" document.blob_key, blob.size, blob.sha256, document.created_ms, job.state, document.pages," \
	" document.doc_type, document.merchant, document.date, document.total, document.currency,"    \
	" document.title, document.note, document.trashed_ms, document.version,"                      \
	" (SELECT group_concat(name, char(10)) FROM (SELECT name FROM document_tag"                   \
	" WHERE document_id = document.id ORDER BY key)),"                                            \
	" (SELECT id FROM job r WHERE r.document_id = document.id AND r.state < 2 AND r.id <> "       \
	"document.job_id"                                                                             \
	" LIMIT 1), document.parent_id"
#define DOCUMENT_COLUMNS_N 23
#define DOCUMENT_FROM                                                                    \
	" FROM document JOIN blob ON blob.key = document.blob_key JOIN job ON job.id = " \
	"document.job_id"

enum err read_document(sqlite3_stmt *s, struct arena *mem, struct document *d, struct why *why) MUST_CHECK;
enum err load_document(struct connection *c, struct uuid user, struct uuid id, struct arena *mem,
                       const struct document **ret, struct why *why) MUST_CHECK;
/* What lists show, and what they are sorted and compared by. */
enum err set_list_facts(struct connection *c, struct uuid document, const struct list_facts *f,
                        struct why *why) MUST_CHECK;

/* sqlite_search.c */
#define SEARCH_OWNER_LEN 34
void search_owner(struct uuid user, char ret[static SEARCH_OWNER_LEN]);
enum err search_put(struct connection *c, struct uuid document, const char *text, struct why *why) MUST_CHECK;
enum err search_refresh(struct connection *c, struct uuid document, struct why *why) MUST_CHECK;
enum err search_forget(struct connection *c, struct uuid document, struct why *why) MUST_CHECK;
/* The FTS5 expression of a query over a person's entries, with what of the filter the index knows. False: it
 * finds nothing. */
bool search_expression(struct uuid user, const struct search_query *q, const struct document_filter *f,
                       struct buf *out);

#endif
