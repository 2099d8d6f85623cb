/* Which lines, amounts and dates of a paper the truth speaks of. */
#include "corpus.h"
#include "patterns.h"
#include "text.h"

#define LEAST_LIKE 0.7
#define HEAD       22
#define NAME_LINES 3

static double
likeness(const char *a, const char *key, size_t key_len)
{
	char k[600];
	size_t n = text_key(a, strlen(a), k, sizeof k);
	return text_similarity(k, n, key, key_len);
}

/* An address without what stands around it. */
static char *
cut_address(const char *t, struct arena *mem)
{
	size_t from = 0, to = strlen(t), a, b;
	if (pattern_match(PATTERN_ADDRESS_HEAD, t, 1, &a, &b))
		from = b;
	if (pattern_match(PATTERN_PHONE_TAIL, t + from, 1, &a, &b) && a > 8)
		to = from + a;
	return arena_strndup(mem, t + from, to - from);
}

struct search {
	const struct sheet *s;
	enum field_id field;
	char key[600]; /* the truth's */
	size_t key_len;
	struct arena *mem;
	struct passage best;
	double like;
};

static enum err
compare(struct search *x, const struct passage *run, bool *longer, struct why *why)
{
	const char *t;
	TRY(passage_text(x->s, run, true, x->mem, &t, why));
	if (x->field == FIELD_ADDRESS)
		ARENA_TRY(t, cut_address(t, x->mem), x->mem, why);
	*longer = strlen(t) > 3 * x->key_len + 60;
	double q = *longer ? 0 : likeness(t, x->key, x->key_len);
	if (q > x->like + 1e-9) {
		x->like = q;
		x->best = *run;
	}
	return ERR_NONE;
}

static bool
go_on(const struct sheet *s, enum field_id field, struct passage *run)
{
	uint32_t first = run->at[0], n = run->n;
	if (field == FIELD_ADDRESS)
		return passage_extend(s, run);
	if (n == NAME_LINES || first + n == s->n)
		return false;
	*run = passage_of(s, first, first + n);
	return true;
}

/* The lines most like the truth; ties go to the fewer, which come first. */
static enum err
label_field(struct paper *p, enum field_id field, size_t head, enum line_class class, struct arena *mem,
            struct why *why)
{
	struct search x = {.s = p->sheet, .field = field, .mem = mem};
	x.key_len = text_key(p->key[field], strlen(p->key[field]), x.key, sizeof x.key);
	if (x.key_len == 0)
		return ERR_NONE;
	for (uint32_t i = 0; i < p->sheet->n && i < head; i++) {
		struct passage run = passage_begin(p->sheet, i);
		bool longer = false;
		do {
			TRY(compare(&x, &run, &longer, why));
		} while (!longer && go_on(p->sheet, field, &run));
	}
	for (uint32_t k = 0; x.like >= LEAST_LIKE && k < x.best.n; k++)
		p->line[x.best.at[k]] = (uint8_t) class;
	return ERR_NONE;
}

enum err
corpus_label(struct paper *p, struct arena *mem, struct why *why)
{
	ARENA_TRY(p->line, arena_alloc(mem, p->sheet->n + 1), mem, why);
	OWNED(arena_destroy) struct arena *tmp = arena_create("labels", 512 * MIB);
	TRY(label_field(p, FIELD_ADDRESS, 200, LINE_ADDRESS, tmp, why));
	return label_field(p, FIELD_MERCHANT, HEAD, LINE_MERCHANT, tmp, why);
}
