/* Keys with their values, as receipts, bills and forms set them. */
#include "page_layout.h"

#define MOST_KEY 6 /* words */

struct pairs {
	const struct page *page;
	struct key_value *list;
	size_t n;
};

static void
put(struct pairs *to, uint32_t key, uint32_t n_key, uint32_t value, uint32_t n_value)
{
	if (to->n < DOCUMENT_MAX_KEY_VALUES && n_key > 0 && n_value > 0)
		to->list[to->n++] = (struct key_value){{key, n_key}, {value, n_value}};
}

static bool
ends_with_colon(const struct page *p, uint32_t word)
{
	size_t n = strlen(p->words[word].text);
	return p->words[word].text[n - 1] == ':';
}

static bool
has_digit(const struct page *p, uint32_t word)
{
	return strpbrk(p->words[word].text, "0123456789") != NULL;
}

/* The word in [from, to) that ends a key, or `to`. */
static uint32_t
colon_from(const struct page *p, uint32_t from, uint32_t to)
{
	while (from < to && !ends_with_colon(p, from))
		from++;
	return from;
}

/* "Date: 3 May  Till: 2": a second key in the part is the one word before its colon. */
static bool
by_colon(struct pairs *to, const struct part *part, const struct part *next)
{
	const struct page *p = to->page;
	uint32_t begin = part->words.first, end = begin + part->words.n, key = begin;
	uint32_t colon = colon_from(p, begin, end);
	if (colon == end || colon - begin >= MOST_KEY)
		return false;
	while (colon < end) {
		uint32_t value = colon + 1, stop = colon_from(p, value, end);
		if (stop == end) {
			if (value < end)
				put(to, key, value - key, value, end - value);
			else if (next)
				put(to, key, value - key, next->words.first, next->words.n);
			return true;
		}
		put(to, key, value - key, value, stop - value);
		key = stop;
		colon = stop;
	}
	return true;
}

/* "INVOICE NO 417": a few words without digits, then one or two with. */
static bool
by_number(struct pairs *to, const struct part *part)
{
	uint32_t begin = part->words.first, end = begin + part->words.n, k = begin;
	while (k < end && !has_digit(to->page, k))
		k++;
	if (k == begin || k - begin > 4 || end - k > 2 || k == end)
		return false;
	for (uint32_t i = k; i < end; i++) {
		if (!has_digit(to->page, i))
			return false;
	}
	if (layout_letters(to->page, (struct span){begin, k - begin}).letters < 2)
		return false;
	put(to, begin, k - begin, k, end - k);
	return true;
}

/* "Total      9.00": what stands alone at the end of a row belongs to what stands at its beginning. */
static bool
by_distance(struct pairs *to, const struct part *left, const struct part *right)
{
	struct letters a = left->letters, b = right->letters;
	if (a.letters < 2 || b.digits == 0 || b.letters > b.digits || left->words.n > 2 * MOST_KEY)
		return false;
	put(to, left->words.first, left->words.n, right->words.first, right->words.n);
	return true;
}

enum err
layout_key_values(struct page *p, struct size s, struct arena *mem, struct why *why)
{
	struct part *parts;
	size_t n = 0;
	struct pairs to = {.page = p};
	TRY(layout_parts(p, s, mem, &parts, &n, why));
	size_t most = p->n_words < DOCUMENT_MAX_KEY_VALUES ? p->n_words : DOCUMENT_MAX_KEY_VALUES;
	ARENA_TRY(to.list, arena_array(mem, most, sizeof *to.list), mem, why);
	for (size_t i = 0; i < n; i++) {
		const struct part *next =
		    i + 1 < n && parts[i + 1].line == parts[i].line ? &parts[i + 1] : NULL;
		bool pair = next && (i == 0 || parts[i - 1].line != parts[i].line) &&
		            (i + 2 == n || parts[i + 2].line != parts[i].line);
		size_t before = to.n;
		if (by_colon(&to, &parts[i], next)) {
			/* Its value was the next part: that is no key by itself. */
			bool took =
			    to.n > before && next && to.list[to.n - 1].value.first == next->words.first;
			i += took;
			continue;
		}
		if (pair && by_distance(&to, &parts[i], next)) {
			i++;
			continue;
		}
		(void)by_number(&to, &parts[i]);
	}
	p->key_values = to.list;
	p->n_key_values = to.n;
	return ERR_NONE;
}
