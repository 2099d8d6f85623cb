/* err.h: one idea of failure.
 *
 * A function that can fail returns `enum err`: the code steers the program. What happened, for
 * people and logs, goes into `struct why`. Results (`ret`) are set on success only, `why` on
 * failure only. Bugs are not errors: BUG() aborts, and is for states that cannot be.
 */
#ifndef DOCKET_ERR_H
#define DOCKET_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err {
#define X(name, code, http, fate, text, advice) ERR_##name,
#include "err.tbl.h"
#undef X
	ERR_MAX
};

enum fate { FATE_REJECT, FATE_RETRY, FATE_AWAIT, FATE_CRASH, FATE_DROP };

struct why {
	char text[240]; /* UTF-8, one line, may name sizes and limits, never personal data */
};

const char *err_code(enum err e);   /* "too_many_pages" */
int err_http(enum err e);           /* 422 */
enum fate err_fate(enum err e);     /* FATE_REJECT */
const char *err_text(enum err e);   /* a sentence for a person */
const char *err_advice(enum err e); /* what to do next; may be "" */
bool err_from_code(const char *code, enum err *ret);

/* Would the same request, sent again unchanged, have a chance? */
bool err_retryable(enum err e);

/* Fill `why` (which may be NULL) and return `e`, to be used as `return fail(why, ERR_X, "...")`. */
enum err fail(struct why *why, enum err e, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same with ": " and strerror(errno) at the end. ENOSPC and EDQUOT turn any `e` into ERR_FULL. */
enum err fail_errno(struct why *why, enum err e, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The static analyzer sees one file at a time, and so not that these return what they were given. */
#ifdef __clang_analyzer__
#define fail(why, e, ...)       ((void)fail((why), (e), __VA_ARGS__), (e))
#define fail_errno(why, e, ...) ((void)fail_errno((why), (e), __VA_ARGS__), (e))
#endif

#define TRY(call)                           \
	do {                                \
		enum err try_err_ = (call); \
		if (try_err_ != ERR_NONE)   \
			return try_err_;    \
	} while (0)

_Noreturn void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)

#endif
