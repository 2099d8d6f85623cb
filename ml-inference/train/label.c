/* Which lines, amounts and dates of a paper the truth speaks of. */
#include "corpus.h"
#include "patterns.h"
#include "text.h"

#define LEAST_LIKE 0.7
#define HEAD       22

static double
likeness(const char *a, const char *key, size_t key_len)
{
	char k[600];
	size_t n = text_key(a, strlen(a), k, sizeof k);
	return text_similarity(k, n, key, key_len);
}

/* The run of segments most like the truth; ties go to the shorter one, which comes first. */
static enum err
best_run(const struct sheet *s, const char *truth, size_t head, uint32_t most, struct arena *mem,
         uint32_t *first, uint32_t *last, double *like, struct why *why)
{
	char key[600];
	size_t k = text_key(truth, strlen(truth), key, sizeof key);
	*like = 0;
	for (uint32_t i = 0; i < s->n && i < head; i++)
		for (uint32_t j = i; j < s->n && j < i + most; j++) {
			const char *t;
			TRY(join_segments(s, i, j, true, mem, &t, why));
			size_t from = 0, to = strlen(t), a, b;
			if (most > 3) {
				if (pattern_match(PATTERN_ADDRESS_HEAD, t, 1, &a, &b))
					from = b;
				if (pattern_match(PATTERN_PHONE_TAIL, t + from, 1, &a, &b) && a > 8)
					to = from + a;
			}
			if (to - from > 3 * k + 60)
				break;
			char *cut;
			ARENA_TRY(cut, arena_strndup(mem, t + from, to - from), mem, why);
			double q = likeness(cut, key, k);
			if (q > *like + 1e-9) {
				*like = q;
				*first = i;
				*last = j;
			}
		}
	return ERR_NONE;
}

enum err
corpus_label(struct paper *p, struct arena *mem, struct why *why)
{
	const struct sheet *s = p->sheet;
	ARENA_TRY(p->line, arena_alloc(mem, s->n + 1), mem, why);
	OWNED(arena_destroy) struct arena *tmp = arena_create("labels", 512 * MIB);
	TRY(best_run(s, p->key[FIELD_ADDRESS], 200, 8, tmp, &p->address_first, &p->address_last,
	             &p->address_likeness, why));
	if (p->address_likeness >= LEAST_LIKE)
		for (uint32_t i = p->address_first; i <= p->address_last; i++)
			p->line[i] = LINE_ADDRESS;
	TRY(best_run(s, p->key[FIELD_MERCHANT], HEAD, 3, tmp, &p->name_first, &p->name_last,
	             &p->name_likeness, why));
	if (p->name_likeness >= LEAST_LIKE)
		for (uint32_t i = p->name_first; i <= p->name_last; i++)
			p->line[i] = LINE_MERCHANT;
	return ERR_NONE;
}
