/* json_pull.h: a stranger's JSON, read one value at a time into an arena.
 *
 * A tree of such a document could take fifty times the memory of its text, so none is built: the
 * reader asks for what it expects and skips what it does not know. Strings come out as valid UTF-8
 * without NUL. Every failure is ERR_BAD_DOCUMENT and names the byte where it stands.
 */
#ifndef DOCKET_JSON_PULL_H
#define DOCKET_JSON_PULL_H

#include "arena.h"

struct json_pull {
	const char *start, *at, *end;
	struct arena *mem;
	struct why *why;
	bool first; /* nothing read yet of the object or array just entered */
};

enum err pull_fail(const struct json_pull *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Into an object or array: `bracket` is '{' or '['. Then pull_field() or pull_item() until the end. */
enum err pull_enter(struct json_pull *j, char bracket) MUST_CHECK;
/* The next member whose name is among the n `names`: its index, or -1 after the closing brace.
 * Unknown members are skipped, known ones twice refused. `seen` starts as 0: bit i means name i. */
enum err pull_field(struct json_pull *j, const char *const *names, int n, uint32_t *seen, int *ret)
    MUST_CHECK;
enum err pull_item(struct json_pull *j, bool *ret_more) MUST_CHECK;

/* How many items the array has that begins here; it is not consumed. ERR_TOO_BIG above `limit`. */
enum err pull_count(struct json_pull *j, size_t limit, const char *what, size_t *ret) MUST_CHECK;

enum err pull_string(struct json_pull *j, size_t limit, const char **ret) MUST_CHECK;
enum err pull_number(struct json_pull *j, double min, double max, double *ret) MUST_CHECK;
enum err pull_integer(struct json_pull *j, int64_t min, int64_t max, int64_t *ret) MUST_CHECK;
enum err pull_bool(struct json_pull *j, bool *ret) MUST_CHECK;
enum err pull_skip(struct json_pull *j) MUST_CHECK;
/* Nothing but white space may follow. */
enum err pull_end(struct json_pull *j) MUST_CHECK;

#endif
