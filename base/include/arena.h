/* arena.h: memory with one owner and a ceiling.
 *
 * Everything a request or a job allocates dies with its arena. The ceiling is given at birth, so
 * that no document decides how much memory we take (each allocation counts with what it is rounded up
 * to): past it arena_alloc() returns NULL, and the caller answers ERR_TOO_BIG. Under AddressSanitizer each
 * allocation is a malloc of its own, so that overruns inside an arena are seen.
 *
 * Memory comes zeroed, aligned for any type. One thread at a time.
 */
#ifndef DOCKET_ARENA_H
#define DOCKET_ARENA_H

#include "err.h"
#include "own.h"

#include <stdarg.h>
#include <stdint.h>

struct arena;

/* `name` is a literal, for messages. Never NULL: bookkeeping that fails to allocate aborts. */
struct arena *arena_create(const char *name, size_t ceiling);
void arena_destroy(struct arena **a);

/* NULL only when the ceiling is reached (or n * size overflows). */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;
void *arena_array(struct arena *a, size_t n, size_t size) MUST_CHECK;

/* A copy of `n` bytes with a NUL after them. NULL at the ceiling. */
char *arena_strndup(struct arena *a, const char *s, size_t n) MUST_CHECK;
char *arena_strdup(struct arena *a, const char *s) MUST_CHECK;
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

size_t arena_used(const struct arena *a);
enum err arena_full(const struct arena *a, struct why *why); /* fails with ERR_TOO_BIG, naming both */

#ifdef __clang_analyzer__ /* as in err.h */
#define arena_full(a, why) ((void)arena_full((a), (why)), ERR_TOO_BIG)
#endif

/* ERR_TOO_BIG unless the allocation succeeds: ARENA_TRY(p, arena_array(mem, n, sizeof *p), mem, why); */
#define ARENA_TRY(var, expr, a, why)                   \
	do {                                           \
		(var) = (expr);                        \
		if (!(var))                            \
			return arena_full((a), (why)); \
	} while (0)

#endif
