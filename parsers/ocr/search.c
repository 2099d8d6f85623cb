#include "search.h"

#include "own.h"

#include <math.h>

#define BEAM       8       /* prefixes kept */
#define CANDIDATES 8       /* classes tried at a step */
#define UNLIKELY   (-7.0F) /* ln of the least probability tried */
#define SURE       (-1e-3F)
#define BEHIND     10.0F /* a prefix as much worse than the best is dropped */
#define NEVER      (-1e30F)

/* What a nat of the language weighs against one of the net, and what a character earns so that longer
 * readings are not at a disadvantage. */
#define LANGUAGE_WEIGHT 0.4F
#define CHARACTER_BONUS 0.9F
/* More than this the language has not to say, in nats: a dash at a line's end and words of other tongues are
 * rare, and not impossible. */
#define LANGUAGE_MOST 6.0F

struct search_node {
	int32_t parent, class;
};

struct candidate {
	int32_t class;
	uint8_t symbol;
	float own, all; /* ln P of the class; of all classes of its symbol */
};

struct search_step {
	float norm; /* what to take off a score for its ln P */
};

struct prefix {
	int32_t node, class; /* -1, 0: the empty one */
	uint8_t symbol;
	uint64_t history;
	float blank, letter; /* ln P of the paths that end in a blank, in the prefix's last character */
	float language;
	float value; /* of all of it, when last compared */
};

enum err
search_init(const struct weights *w, int32_t max_steps, struct search *ret, struct why *why)
{
	*ret = (struct search){.w = w, .max_steps = max_steps};
	ret->nodes = calloc((size_t)max_steps * BEAM, sizeof *ret->nodes);
	ret->steps = calloc((size_t)max_steps, sizeof *ret->steps);
	ret->row = calloc(2 * (2 * (size_t)max_steps + 1), sizeof *ret->row);
	return ret->nodes && ret->steps && ret->row
	           ? ERR_NONE
	           : fail(why, ERR_PARSER_MEMORY, "no memory to search a line");
}

void
search_release(struct search *s)
{
	free(s->nodes);
	free(s->steps);
	free(s->row);
	free(s->back);
	*s = (struct search){0};
}

static float
log_add(float a, float b)
{
	float high = a > b ? a : b, low = a > b ? b : a;
	return high - low > 15 ? high : high + log1pf(expf(low - high));
}

static float
total(const struct prefix *p)
{
	return log_add(p->blank, p->letter);
}

/* ln of the sum of exp of the scores; scores far below the best change nothing. */
static float
norm_of(const float *scores, int32_t classes)
{
	float best = scores[0], sum = 0;
	for (int32_t c = 1; c < classes; c++)
		best = scores[c] > best ? scores[c] : best;
	for (int32_t c = 0; c < classes; c++)
		if (scores[c] > best - 12)
			sum += expf(scores[c] - best);
	return best + logf(sum);
}

/* One letter in either case or alphabet; digits share a symbol and nothing else. */
static bool
alike(int32_t class, uint8_t symbol, int32_t other, uint8_t others_symbol)
{
	return class == other || (symbol == others_symbol && symbol != LANGUAGE_DIGIT);
}

/* The likeliest classes but for the blank, one letter's in any form as one. */
static size_t
candidates_of(const struct search *s, const float *scores, float norm, struct candidate *ret)
{
	const struct weights *w = s->w;
	size_t n = 0;
	for (int32_t c = 1; c < w->classes; c++) {
		float p = scores[c] - norm + (s->lean ? s->lean[c] : 0);
		if (p < UNLIKELY)
			continue;
		size_t i = 0;
		while (i < n && !alike(ret[i].class, ret[i].symbol, c, w->symbol[c]))
			i++;
		if (i < n) {
			ret[i].all = log_add(ret[i].all, p);
			if (p > ret[i].own) {
				ret[i].own = p;
				ret[i].class = c;
			}
		} else if (n < CANDIDATES) {
			ret[n++] = (struct candidate){c, w->symbol[c], p, p};
		} else {
			size_t least = 0;
			for (size_t k = 1; k < n; k++)
				least = ret[k].all < ret[least].all ? k : least;
			if (p > ret[least].all)
				ret[least] = (struct candidate){c, w->symbol[c], p, p};
		}
	}
	return n;
}

/* Into `set`, which holds the BEAM best from best to worst. */
static void
put(struct prefix *set, size_t *n, const struct prefix *p)
{
	float value = total(p) + p->language;
	size_t at = *n;
	while (at && set[at - 1].value < value)
		at--;
	if (at == BEAM)
		return;
	if (*n < BEAM)
		(*n)++;
	for (size_t k = *n - 1; k > at; k--)
		set[k] = set[k - 1];
	set[at] = *p;
	set[at].value = value;
}

struct beam {
	struct search *s;
	struct prefix now[BEAM];
	size_t n;
	int32_t n_nodes;
};

static const struct candidate *
like_last(const struct candidate *c, size_t n, const struct prefix *p)
{
	for (size_t i = 0; i < n; i++)
		if (alike(c[i].class, c[i].symbol, p->class, p->symbol))
			return &c[i];
	return NULL;
}

/* The prefix as it is, one step on. A space behind a space, or at the beginning, is as good as a blank. */
static struct prefix
stay(const struct prefix *p, const float *scores, float norm, const struct candidate *c, size_t n)
{
	struct prefix q = *p;
	const struct candidate *same = like_last(c, n, p);
	float blank = scores[0] - norm;
	q.blank = total(p) + blank;
	q.letter = p->class ? p->letter + (same ? same->all : scores[p->class] - norm) : NEVER;
	if (p->symbol == LANGUAGE_SPACE && same)
		q.blank = log_add(q.blank, p->blank + same->all);
	return q;
}

static bool
extend(const struct beam *b, const struct prefix *p, const struct candidate *c, struct prefix *ret)
{
	if (c->symbol == LANGUAGE_SPACE && p->symbol == LANGUAGE_SPACE)
		return false;
	float from = total(p) + c->all;
	if (alike(c->class, c->symbol, p->class,
	          p->symbol)) /* twice the same needs a blank between, but "Aa" does not */
		from =
		    c->class == p->class ? p->blank + c->all : log_add(p->blank + c->all, p->letter + c->own);
	float cost = fminf(language_cost(&b->s->w->language, p->history, c->symbol), LANGUAGE_MOST);
	*ret = (struct prefix){
	    .node = p->node,
	    .class = c->class,
	    .symbol = c->symbol,
	    .history = language_add(p->history, c->symbol),
	    .blank = NEVER,
	    .letter = from,
	    .language = p->language - LANGUAGE_WEIGHT * cost + CHARACTER_BONUS,
	};
	return true;
}

/* The same text reached by another way: `p` extended by `class` is already there. */
static struct prefix *
twin(const struct beam *b, struct prefix *stayed, size_t n, const struct prefix *p, int32_t class)
{
	for (size_t i = 0; i < n; i++)
		if (stayed[i].node >= 0 && stayed[i].class == class &&
		    b->s->nodes[stayed[i].node].parent == p->node)
			return &stayed[i];
	return NULL;
}

static void
advance(struct beam *b, const float *scores, float norm)
{
	struct candidate c[CANDIDATES];
	size_t n = candidates_of(b->s, scores, norm, c);
	struct prefix stayed[BEAM], fresh[BEAM], next[BEAM];
	size_t n_fresh = 0, n_next = 0;
	for (size_t i = 0; i < b->n; i++)
		stayed[i] = stay(&b->now[i], scores, norm, c, n);
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < n; k++) {
			struct prefix q;
			if (!extend(b, &b->now[i], &c[k], &q))
				continue;
			struct prefix *same = twin(b, stayed, b->n, &b->now[i], c[k].class);
			if (same)
				same->letter = log_add(same->letter, q.letter);
			else
				put(fresh, &n_fresh, &q);
		}
	/* fresh ones are told by a class below zero until they have a node of their own */
	for (size_t i = 0; i < b->n; i++)
		put(next, &n_next, &stayed[i]);
	for (size_t i = 0; i < n_fresh; i++) {
		fresh[i].class = -fresh[i].class;
		put(next, &n_next, &fresh[i]);
	}
	b->n = 0;
	for (size_t i = 0; i < n_next; i++) {
		struct prefix q = next[i];
		if (q.value < next[0].value - BEHIND)
			break;
		if (q.class < 0) {
			q.class = -q.class;
			b->s->nodes[b->n_nodes] = (struct search_node){q.node, q.class};
			q.node = b->n_nodes++;
		}
		b->now[b->n++] = q;
	}
}

/* A step that is blank and nothing else only lengthens what there is. */
static void
pass(struct beam *b, float blank)
{
	for (size_t i = 0; i < b->n; i++) {
		b->now[i].blank = total(&b->now[i]) + blank;
		b->now[i].letter = NEVER;
	}
}

/* The best prefix when the line ends, which it does behind a whole word. */
static const struct prefix *
winner(const struct beam *b)
{
	const struct prefix *best = &b->now[0];
	float most = NEVER;
	for (size_t i = 0; i < b->n; i++) {
		const struct prefix *p = &b->now[i];
		float value = total(p) + p->language;
		if (p->symbol != LANGUAGE_SPACE)
			value -=
			    LANGUAGE_WEIGHT * language_cost(&b->s->w->language, p->history, LANGUAGE_SPACE);
		if (value > most) {
			most = value;
			best = p;
		}
	}
	return best;
}

static enum err
room_to_go_back(struct search *s, size_t size, struct why *why)
{
	if (size <= s->back_size)
		return ERR_NONE;
	uint8_t *p = realloc(s->back, size);
	if (!p)
		return fail(why, ERR_PARSER_MEMORY, "no memory to search a line");
	s->back = p;
	s->back_size = size;
	return ERR_NONE;
}

/* Which steps each letter takes: the likeliest path that says them (states: blank, letter, blank, ...). */
static enum err
align(struct search *s, const float *scores, int32_t steps, size_t stride, struct letter *l, size_t n,
      struct why *why)
{
	size_t states = 2 * n + 1;
	TRY(room_to_go_back(s, states * (size_t)steps, why));
	float *was = s->row, *now = s->row + states;
	for (size_t k = 0; k < states; k++)
		was[k] = k ? NEVER : 0;
	for (int32_t t = 0; t < steps; t++) {
		const float *row = scores + (size_t)t * stride;
		uint8_t *back = s->back + (size_t)t * states;
		for (size_t k = 0; k < states; k++) {
			uint8_t from = 0;
			float best = was[k];
			if (t == 0 && k > 1)
				best = NEVER;
			if (t == 0 && k == 1)
				best = 0;
			if (t && k && was[k - 1] > best) {
				best = was[k - 1];
				from = 1;
			}
			if (t && k > 2 && k % 2 && l[k / 2].class != l[k / 2 - 1].class &&
			    was[k - 2] > best) {
				best = was[k - 2];
				from = 2;
			}
			now[k] = best + row[k % 2 ? l[k / 2].class : 0] - s->steps[t].norm;
			back[k] = from;
		}
		float *swap = was;
		was = now;
		now = swap;
	}
	size_t k = was[states - 1] > was[states - 2] ? states - 1 : states - 2;
	for (size_t i = 0; i < n; i++)
		l[i].first = l[i].last = -1;
	for (int32_t t = steps - 1; t >= 0; t--) {
		if (k % 2) {
			struct letter *at = &l[k / 2];
			float p = expf(scores[(size_t)t * stride + (size_t)at->class] - s->steps[t].norm);
			at->first = t;
			at->last = at->last < 0 ? t : at->last;
			at->confidence = fmaxf(at->confidence, p);
		}
		k -= s->back[(size_t)t * states + k];
	}
	for (size_t i = 0; i < n; i++) /* a path always says every letter; positions must not hang on that */
		if (l[i].first < 0)
			l[i].first = l[i].last = i ? l[i - 1].last : 0;
	return ERR_NONE;
}

enum err
search_line(struct search *s, const float *scores, int32_t steps, size_t stride, struct letter *ret,
            size_t *ret_n, struct why *why)
{
	struct beam b = {.s = s, .n = 1};
	*ret_n = 0;
	if (steps < 1)
		return ERR_NONE;
	if (steps > s->max_steps)
		BUG("a line of %d steps", steps);
	b.now[0] =
	    (struct prefix){.node = -1, .symbol = LANGUAGE_SPACE, .history = LANGUAGE_SPACE, .letter = NEVER};
	for (int32_t t = 0; t < steps; t++) {
		const float *row = scores + (size_t)t * stride;
		float norm = s->steps[t].norm = norm_of(row, s->w->classes);
		if (row[0] - norm > SURE)
			pass(&b, row[0] - norm);
		else
			advance(&b, row, norm);
	}
	size_t n = 0;
	const struct prefix *best = winner(&b);
	for (int32_t i = best->node; i >= 0; i = s->nodes[i].parent)
		n++;
	size_t at = n;
	for (int32_t i = best->node; i >= 0; i = s->nodes[i].parent)
		ret[--at] = (struct letter){.class = s->nodes[i].class};
	if (n && s->w->symbol[ret[n - 1].class] == LANGUAGE_SPACE)
		n--;
	if (n)
		TRY(align(s, scores, steps, stride, ret, n, why));
	*ret_n = n;
	return ERR_NONE;
}
