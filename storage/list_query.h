/* list_query.h: a list of documents as a statement, the same for every driver but for the sign of its
 * arguments and what its search is asked; and the piece of a hit that is shown. */
#ifndef DOCKET_LIST_QUERY_H
#define DOCKET_LIST_QUERY_H

#include "buf.h"
#include "library.h"
#include "search_words.h"

#define QUERY_ARGS_MAX (24 + FILTER_TAGS_MAX)

struct list_query {
	char sign; /* '?' or '$', before an argument's number */
	/* Expressions: what orders the newest first, and the place of a document's id in that order. */
	const char *newest, *place, *place_end;
	struct buf sql; /* up to and with WHERE and one condition */
	struct query_arg {
		enum { ARG_TEXT, ARG_UUID, ARG_INT } type;
		const char *text; /* borrowed */
		struct uuid id;
		int64_t n;
	} args[QUERY_ARGS_MAX];
	int n;
};

/* " AND condition ?1", with its argument. */
void query_text(struct list_query *q, const char *condition, const char *text);
void query_int(struct list_query *q, const char *condition, int64_t n);
void query_uuid(struct list_query *q, const char *condition, struct uuid id);

/* All that the filter names but its text; where to go on; the order; one more than the page, to know whether
 * there is more. Texts live in the filter and in `mem`. */
enum err query_finish(struct list_query *q, struct uuid user, const struct document_filter *f,
                      const struct document_cursor *after, int32_t limit, struct arena *mem, struct why *why)
    MUST_CHECK;

/* The first of the texts in which something of the query stands, cut to what is shown. */
struct hit_text {
	const char *text; /* NULL: none */
	size_t len;
};
enum err query_hit(struct stemmer *s, const struct search_query *q, const struct hit_text *texts, size_t n,
                   struct arena *mem, struct text_hit *ret, struct why *why) MUST_CHECK;

#endif
