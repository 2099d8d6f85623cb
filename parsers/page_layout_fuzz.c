/* Any words anywhere on a page: what is made of them is all of them or what is said to go, in order and
 * within bounds. A word is a line of the input: where it stands, how large it is, how sure, and its text; an
 * empty one ends a line of the page. */
#include "own.h"
#include "page_layout.h"

#include <math.h>

#define MOST 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static float
share(const uint8_t *p)
{
	return (float)(p[0] << 8 | p[1]) / 65535;
}

static bool
take_word(struct arena *mem, const uint8_t *p, size_t n, struct word *ret)
{
	if (n < 10)
		return false;
	struct box b = {share(p), share(p + 2), 0, 0};
	b.x1 = fminf(1, b.x0 + (float)p[4] / 255);
	b.y1 = fminf(1, b.y0 + (float)p[5] / 255 / (float)(1 + p[6]));
	*ret = (struct word){arena_strndup(mem, (const char *)p + 8, n - 8), (float)p[7] / 255, b};
	return ret->text && ret->text[0];
}

static void
take_page(struct arena *mem, const uint8_t *data, size_t size, struct page *ret)
{
	struct word *words = arena_array(mem, MOST, sizeof *words);
	struct span *lines = arena_array(mem, MOST + 1, sizeof *lines);
	size_t n = 0, n_lines = 0;
	if (!words || !lines)
		BUG("no memory for the page");
	lines[n_lines++] = (struct span){0, 0};
	while (size > 0 && n < MOST) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size, used = len + (end != NULL);
		if (len == 0 && lines[n_lines - 1].n > 0)
			lines[n_lines++] = (struct span){(uint32_t)n, 0};
		else if (take_word(mem, data, len, &words[n])) {
			n++;
			lines[n_lines - 1].n++;
		}
		data += used;
		size -= used;
	}
	n_lines -= lines[n_lines - 1].n == 0;
	*ret = (struct page){.number = 1, .words = words, .n_words = n, .lines = lines, .n_lines = n_lines};
}

/* Each begins where the one before ends, and together they are all. */
static void
follow(const struct span *spans, size_t n, size_t all)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		if (spans[i].first != at || spans[i].n == 0)
			BUG("span %zu begins at %u behind %zu", i, spans[i].first, at);
		at += spans[i].n;
	}
	if (at != all)
		BUG("%zu of %zu", at, all);
}

static void
within(struct span s, size_t all)
{
	if (s.n == 0 || (size_t)s.first + s.n > all)
		BUG("%u and %u more of %zu", s.first, s.n, all);
}

static void
check_tables(const struct page *p)
{
	for (size_t i = 0; i < p->n_tables; i++) {
		const struct table *t = &p->tables[i];
		for (size_t k = 0; k < t->n_cells; k++) {
			within(t->cells[k].words, p->n_words);
			if (t->cells[k].row >= t->rows || t->cells[k].column >= t->columns)
				BUG("a cell outside of its table");
		}
	}
	for (size_t i = 0; i < p->n_key_values; i++) {
		within(p->key_values[i].key, p->n_words);
		within(p->key_values[i].value, p->n_words);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4)
		return 0;
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 64 * MIB);
	const struct size s = {1 + (data[0] << 8 | data[1]), 1 + (data[2] << 8 | data[3])};
	struct why why = {""};
	struct page page;
	take_page(mem, data + 4, size - 4, &page);
	for (int ordered = 0; ordered < 2; ordered++) { /* a text layer's lines, and those of an engine */
		struct page p = page;
		if (ordered && layout_order(&p, s, mem, &why) != ERR_NONE)
			break;
		follow(p.lines, p.n_lines, p.n_words);
		if (ordered)
			follow(p.blocks, p.n_blocks, p.n_lines);
		if (layout_tables(&p, s, mem, &why) != ERR_NONE ||
		    layout_key_values(&p, s, mem, &why) != ERR_NONE)
			break;
		check_tables(&p);
	}
	return 0;
}
