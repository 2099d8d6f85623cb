#include "heif_references.h"

#include <string.h>

#define REFERENCES_MAX 4096
#define DEEP           8
#define VISITS_MAX     20000

struct view {
	const uint8_t *p;
	size_t n;
};

struct reference {
	uint32_t from, to;
};

struct graph {
	struct reference list[REFERENCES_MAX];
	size_t n;
	bool full;
	int32_t visits;
};

static uint64_t
number(struct view v, size_t at, size_t bytes)
{
	uint64_t r = 0;
	for (size_t i = 0; i < bytes; i++)
		r = r << 8 | (at + i < v.n ? v.p[at + i] : 0);
	return r;
}

/* The box at *at: its type and inside; false at the end. */
static bool
next_box(struct view v, size_t *at, char type[static 4], struct view *inside)
{
	if (*at > v.n || v.n - *at < 8)
		return false;
	uint64_t size = number(v, *at, 4);
	size_t head = 8;
	memcpy(type, v.p + *at + 4, 4);
	if (size == 1) {
		size = number(v, *at + 8, 8);
		head = 16;
	}
	if (size == 0 || size > v.n - *at) /* to the end; or cut, and read as far as it goes */
		size = v.n - *at;
	if (size < head)
		return false;
	*inside = (struct view){v.p + *at + head, (size_t)size - head};
	*at += (size_t)size;
	return true;
}

static bool
find_box(struct view v, const char *wanted, struct view *ret)
{
	char type[4];
	for (size_t at = 0; next_box(v, &at, type, ret);) {
		if (memcmp(type, wanted, 4) == 0)
			return true;
	}
	return false;
}

static void
add_references(struct graph *g, struct view box, size_t id_bytes)
{
	uint32_t from = (uint32_t)number(box, 0, id_bytes);
	uint64_t count = number(box, id_bytes, 2);
	for (uint64_t i = 0; i < count && id_bytes * (i + 1) + 2 < box.n; i++) {
		if (g->n == REFERENCES_MAX) {
			g->full = true;
			return;
		}
		g->list[g->n++] = (struct reference){
		    from, (uint32_t)number(box, id_bytes + 2 + (size_t)i * id_bytes, id_bytes)};
	}
}

static bool
ends(struct graph *g, uint32_t item, int depth)
{
	if (depth > DEEP || ++g->visits > VISITS_MAX)
		return false;
	for (size_t i = 0; i < g->n; i++) {
		if (g->list[i].from == item && !ends(g, g->list[i].to, depth + 1))
			return false;
	}
	return true;
}

bool
heif_references_end(const uint8_t *data, size_t n)
{
	static struct graph g;
	struct view all = {data, n}, meta, iref, one;
	char type[4];
	g.n = 0;
	g.visits = 0;
	g.full = false;
	if (!find_box(all, "meta", &meta) || meta.n < 4)
		return true;
	meta = (struct view){meta.p + 4, meta.n - 4};
	if (!find_box(meta, "iref", &iref) || iref.n < 4)
		return true;
	size_t id_bytes = iref.p[0] == 0 ? 2 : 4;
	iref = (struct view){iref.p + 4, iref.n - 4};
	for (size_t at = 0; next_box(iref, &at, type, &one);) {
		if (memcmp(type, "dimg", 4) == 0)
			add_references(&g, one, id_bytes);
	}
	for (size_t i = 0; i < g.n; i++) {
		if (i > 0 && g.list[i].from == g.list[i - 1].from)
			continue;
		if (!ends(&g, g.list[i].from, 0))
			return false;
	}
	return !g.full;
}
