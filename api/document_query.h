/* document_query.h: which documents a request asks for: the filters that lists and exports share. */
#ifndef DOCKET_DOCUMENT_QUERY_H
#define DOCKET_DOCUMENT_QUERY_H

#include "library.h"
#include "request.h"

struct document_query {
	struct document_filter filter;
	int64_t minor_from, minor_to;
	enum job_state state;
};
/* From q, type, sender, currency, from, to, min, max, status, tag, trash, sort. Lives in the request.
 * ERR_INVALID names the parameter. */
enum err document_query_read(struct request *rq, struct document_query *ret, struct why *why) MUST_CHECK;

/* A list's cursor: opaque to clients. */
#define CURSOR_DATE_MAX 200
enum err document_cursor_parse(const char *text, struct arena *mem, struct document_cursor *ret,
                               struct why *why) MUST_CHECK;
enum err document_cursor_read(struct request *rq, struct document_cursor *ret, struct why *why) MUST_CHECK;
void document_cursor_write(struct buf *out, const struct document *last, enum document_sort sort);

/* A title, note, tag: UTF-8 without control characters (a note may have line ends), at most `max` bytes. */
enum err text_ok(const char *what, const char *text, size_t max, bool lines, struct why *why) MUST_CHECK;
enum err tag_ok(const char *tag, struct why *why) MUST_CHECK; /* a word of it, no comma */
#define TAG_MAX   64
#define TITLE_MAX 255
#define NOTE_MAX  8000

#endif
