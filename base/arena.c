#include "arena.h"

#include <stdalign.h>

/* Blocks grow with their arena: a request that needs little pays for the zeroing of little. */
#define BLOCK_MIN (4 * KIB)
#define BLOCK_MAX (64 * KIB)
#define ALIGNMENT alignof(max_align_t)

struct block {
	struct block *next;
	size_t used, cap;
	alignas(max_align_t) char data[];
};

struct arena {
	const char *name;
	size_t ceiling, used;
	struct block *blocks;
};

struct arena *
arena_create(const char *name, size_t ceiling)
{
	struct arena *a = calloc(1, sizeof *a);
	if (!a)
		BUG("no memory for arena %s", name);
	a->name = name;
	a->ceiling = ceiling;
	return a;
}

void
arena_destroy(struct arena **a)
{
	if (!*a)
		return;
	struct block *b = (*a)->blocks;
	while (b) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
	free(*a);
	*a = NULL;
}

static struct block *
block_add(struct arena *a, size_t size)
{
#ifdef DOCKET_ASAN
	size_t cap = size; /* exactly what was asked for, so that one byte more is seen */
#else
	size_t block = a->used < BLOCK_MIN ? BLOCK_MIN : a->used > BLOCK_MAX ? BLOCK_MAX : a->used;
	size_t cap = size > block / 4 ? size : block;
#endif
	struct block *b = calloc(1, sizeof *b + cap);
	if (!b)
		return NULL;
	b->cap = cap;
	/* A block made for one large request goes behind the current one, which still has room. */
	if (cap == size && a->blocks) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX - ALIGNMENT)
		return NULL;
	/* What is taken counts: of many small ones that is several times what was asked for. */
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (rounded > a->ceiling || a->used > a->ceiling - rounded)
		return NULL;
	struct block *b = a->blocks;
#ifdef DOCKET_ASAN
	b = block_add(a, size ? size : 1);
	if (!b)
		return NULL;
	a->used += rounded;
	return b->data;
#endif
	if (!b || b->cap - b->used < rounded) {
		b = block_add(a, rounded);
		if (!b)
			return NULL;
	}
	void *p = b->data + b->used;
	b->used += rounded;
	a->used += rounded;
	return p;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	if (n == SIZE_MAX)
		return NULL;
	char *p = arena_alloc(a, n + 1);
	if (p && n)
		memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

#undef arena_full /* not as the static analyzer has it */

enum err
arena_full(const struct arena *a, struct why *why)
{
	return fail(why, ERR_TOO_BIG, "arena %s: %zu bytes in use, limit %zu", a->name, a->used, a->ceiling);
}
