/* library.h: the part of storage's door for what people do with their documents: find them, name them,
 * tag them, put them in the trash, let go of them, have them read again.
 *
 * Calls, lifetime and failure as in storage.h.
 */
#ifndef DOCKET_LIBRARY_H
#define DOCKET_LIBRARY_H

#include "storage.h"

/* ---- finding ---- */

#define FILTER_TAGS_MAX 5
enum document_sort { SORT_ADDED, SORT_DATE }; /* newest first, by upload or by the paper's own date */
struct document_filter {
	const char *text;                           /* a query, see below; NULL: any */
	const char *doc_type, *merchant, *currency; /* exactly; the merchant without case; NULL: any */
	const char *date_from, *date_to;            /* of the paper, both included */
	const int64_t *minor_from, *minor_to;       /* hundredths of the total, both included */
	const enum job_state *state;
	const char *tags[FILTER_TAGS_MAX]; /* all of them */
	size_t n_tags;
	bool trash; /* those in the trash, instead of the others */
	enum document_sort sort;
};
/* A query: words in any of their forms, wanted all; "in quotes" in that order; -word not; word* begins so.
 * Russian and English stems; the last word may be half typed. */

/* Where a list goes on: after this document. */
struct document_cursor {
	struct uuid id;   /* nil: from the beginning */
	const char *date; /* with SORT_DATE: its date, "" for none */
};

struct text_hit {
	const char *text; /* a piece of what was found, around the first hit; NULL: nothing to show */
	struct {
		size_t start, len; /* bytes of it */
	} marks[16];
	size_t n_marks;
};
struct found_document {
	struct document d;
	struct text_hit hit;      /* of a query */
	struct uuid duplicate_of; /* the oldest other one with the same bytes or facts; nil: none */
};
struct found_page {
	const struct found_document *documents;
	size_t n;
	bool more;
};
/* limit 1..200. */
enum err storage_document_find(struct storage *st, struct uuid user, const struct document_filter *f,
                               const struct document_cursor *after, int32_t limit, struct arena *mem,
                               struct found_page *ret, struct why *why) MUST_CHECK;

struct duplicate {
	struct uuid id;
	bool same_bytes; /* else the same sender, date and total */
};
/* Others of the person's that are this one again, oldest first, at most 20; not those in the trash. */
enum err storage_document_duplicates(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                                     const struct duplicate **ret, size_t *n, struct why *why) MUST_CHECK;

/* What there is to filter by, most frequent first, at most 200 of each kind; nothing from the trash. */
enum facet_kind { FACET_TYPE, FACET_MERCHANT, FACET_CURRENCY, FACET_TAG, FACET_YEAR, FACET_KIND_MAX };
struct facet {
	enum facet_kind kind;
	const char *value;
	int64_t documents;
};
enum err storage_document_facets(struct storage *st, struct uuid user, struct arena *mem,
                                 const struct facet **ret, size_t *n, struct why *why) MUST_CHECK;

/* What results tell beyond the lists, as corrected; NULL where they tell nothing. */
#define DIGESTS_MAX 2000
struct digest {
	struct uuid document_id, job_id;
	const char *doc_type, *merchant, *title, *date, *total, *currency;
	const char *due_date, *category;
	const char *doubtful; /* names of values that nobody has looked at yet, a line each */
	bool paid;            /* it is tagged so, in either language */
};
/* Of what has been read and is not in the trash, newest first, at most DIGESTS_MAX. */
enum err storage_document_digests(struct storage *st, struct uuid user, struct arena *mem,
                                  const struct digest **ret, size_t *n, struct why *why) MUST_CHECK;

/* ---- changing ---- */

#define DOCUMENT_TAGS_MAX 50
struct document_change {
	const char *title, *note; /* NULL: as it is; "": none */
	const char *const *tags;  /* NULL: as they are; else all of them, by n_tags */
	size_t n_tags;
	const char *add_tag, *remove_tag; /* NULL: none */
	int trashed;                      /* -1: as it is; 0, 1 */
	int64_t version;                  /* -1: any; else ERR_STALE unless the document is at it */
	const char *request_id;
};
#define DOCUMENT_CHANGE_NONE .trashed = -1, .version = -1
/* `*ret` is the document afterwards. ERR_ABSENT, ERR_STALE, ERR_INVALID (too many tags). */
enum err storage_document_change(struct storage *st, struct uuid user, struct uuid id,
                                 const struct document_change *change, struct arena *mem,
                                 const struct document **ret, struct why *why) MUST_CHECK;

/* For good: rows of every table, files, the search index. A worker that is at it loses its lease. */
enum err storage_document_delete(struct storage *st, struct uuid user, struct uuid id, const char *request_id,
                                 struct why *why) MUST_CHECK;
/* Delete for good what has lain in the trash since before `before_ms`, at most 100; `*n` how many. */
enum err storage_trash_empty(struct storage *st, int64_t before_ms, size_t *n, struct why *why) MUST_CHECK;

/* A new job for a document that has been read (or failed to be). What is shown stays until that job is done,
 * and stays for good when it fails. ERR_NOT_FINISHED while another one is under way. */
enum err storage_document_reprocess(struct storage *st, struct uuid user, struct uuid id,
                                    const char *request_id, struct arena *mem, const struct job **ret,
                                    struct why *why) MUST_CHECK;

#endif
