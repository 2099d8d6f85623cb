#include "fit.h"

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

struct group {
	uint32_t id, size;
	uint64_t lot;
};

static int
by_size_then_lot(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return (x->lot > y->lot) - (x->lot < y->lot);
}

static uint32_t
group_of(const struct corpus *c, size_t i, enum fold_kind kind)
{
	return kind == FOLDS_RANDOM   ? c->p[i].twin
	       : kind == FOLDS_VENDOR ? c->p[i].vendor
	                              : c->p[i].source_id;
}

/* Groups, the largest first, each to the fold that has the fewest papers. */
void
folds_draw(const struct corpus *c, enum fold_kind kind, unsigned k, uint64_t seed, uint8_t *fold)
{
	struct group *g = calloc(c->n + 1, sizeof *g);
	uint32_t *of = calloc(c->n + 1, sizeof *of);
	if (!g || !of)
		BUG("no memory for folds");
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		uint32_t id = group_of(c, i, kind);
		size_t j = n;
		while (j > 0 && g[j - 1].id != id)
			j--;
		if (j == 0) {
			g[n] = (struct group){id, 0, 0};
			j = ++n;
		}
		g[j - 1].size++;
	}
	for (size_t j = 0; j < n; j++)
		g[j].lot = next_random(&seed);
	qsort(g, n, sizeof *g, by_size_then_lot);
	size_t size[256] = {0};
	for (size_t j = 0; j < n; j++) {
		unsigned best = 0;
		for (unsigned f = 1; f < k; f++)
			if (size[f] < size[best])
				best = f;
		size[best] += g[j].size;
		for (size_t i = 0; i < c->n; i++)
			if (group_of(c, i, kind) == g[j].id)
				fold[i] = (uint8_t)best;
	}
	free(g);
	free(of);
}
