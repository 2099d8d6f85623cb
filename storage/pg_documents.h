/* pg_documents.h: what the PostgreSQL driver's files about documents share. */
#ifndef DOCKET_PG_DOCUMENTS_H
#define DOCKET_PG_DOCUMENTS_H

#include "library.h"
#include "pg_store.h"
#include "search_words.h"

#define DOCUMENT_COLUMNS                                                                             \
	"document.id, document.user_id, document.job_id, document.file_name, document.media_type,"   \
	" document.blob_key, blob.size, encode(blob.sha256, 'hex'), document.created_ms, job.state," \
	" document.pages, document.doc_type, document.merchant, document.date, document.total,"      \
	" document.currency, document.title, document.note, document.trashed_ms, document.version,"  \
	" (SELECT string_agg(name, E'\\n' ORDER BY key) FROM document_tag"                           \
	"  WHERE document_id = document.id),"                                                        \
	" (SELECT r.id FROM job r WHERE r.document_id = document.id AND r.state < 2"                 \
	"  AND r.id <> document.job_id LIMIT 1), document.parent_id"
#define DOCUMENT_COLUMNS_N 23
#define DOCUMENT_FROM \
	" FROM document JOIN blob ON blob.key = document.blob_key JOIN job ON job.id = document.job_id"

enum err col_document(const PGresult *r, int row, struct arena *mem, struct document *d, struct why *why)
    MUST_CHECK;
/* In a transaction, and held until its end. */
enum err pg_load_document(struct pg_tx *t, struct uuid user, struct uuid id, struct arena *mem,
                          const struct document **ret, struct why *why) MUST_CHECK;

/* ---- pg_search.c ---- */

/* Texts as a tsvector's literal, its words' stems and the words themselves; each text apart from the last. */
void search_vector(const char *const *texts, size_t n, struct buf *out);
/* A query as a tsquery's literal. False: it finds nothing. */
bool search_tsquery(const struct search_query *q, struct buf *out);
/* After a change of name, note, tags or sender. */
enum err pg_search_refresh(struct pg_tx *t, struct uuid document, struct why *why) MUST_CHECK;

/* Removes what no row names any more, best effort: keys with commas between, or NULL. */
void pg_remove_blobs(struct storage *st, const char *keys);

#endif
