#include "made_page.h"

#include "made.h"
#include "text.h"

#include <math.h>

#define MAX_WORDS 12000
#define MAX_PAGES 4

struct look {
	int columns;       /* letters across */
	float letter, row; /* width of one, height of a row; in page widths */
	float aspect;      /* height to width; 0: as long as it gets */
	int width;         /* px */
	float left, top;   /* margins */
	bool capitals, misread;
	uint64_t noise; /* how badly it is read: 1, 2, 4 or 8 */
	uint64_t lost;  /* of 100 words so many are not read at all: a faint copy */
};

struct press {
	const struct look *look;
	uint64_t *chance;
	struct arena *mem;
	struct word *words;
	struct span *lines;
	size_t n_words, n_lines, page_words, page_lines; /* the latter: where the page begins */
	struct page page[MAX_PAGES];
	size_t n_pages;
	float y;
};

static uint64_t
pick(struct press *p, uint64_t below)
{
	return made_random(p->chance, below);
}

static size_t
letters_in(const char *s, size_t n)
{
	size_t count = 0, k;
	for (size_t i = 0; i < n; i += k, count++)
		text_decode(s + i, n - i, &k);
	return count;
}

/* What a reader makes of a word now and then. */
static const char *
misread(struct press *p, const char *s, size_t n)
{
	static const char *const like[][2] = {{"0", "O"}, {"O", "0"}, {"1", "I"}, {"I", "l"}, {"5", "S"},
	                                      {"S", "5"}, {"8", "B"}, {".", ","}, {"e", "c"}, {"m", "rn"},
	                                      {"н", "и"}, {"и", "н"}, {"о", "c"}, {"ш", "щ"}, {"Т", "7"},
	                                      {"a", "o"}, {"l", "1"}, {"t", "f"}};
	OWNED(buf_free) struct buf b = buf_init(4 * KIB);
	for (size_t i = 0, k; i < n; i += k) {
		text_decode(s + i, n - i, &k);
		uint64_t r = pick(p, 1000);
		if (r < 4 * p->look->noise)
			continue;
		const char *to = NULL;
		for (size_t j = 0; r < 30 * p->look->noise && j < ARRAY_LEN(like); j++)
			if (strlen(like[j][0]) == k && memcmp(like[j][0], s + i, k) == 0)
				to = like[j][1];
		if (to)
			buf_puts(&b, to);
		else
			buf_put(&b, s + i, k);
	}
	return b.len ? arena_strndup(p->mem, b.data, b.len) : arena_strndup(p->mem, s, n);
}

/* One run of words from x on; returns where it ends. */
static float
put_run(struct press *p, const char *s, size_t n, float x, float size)
{
	const struct look *l = p->look;
	for (size_t i = 0; i < n && p->n_words < MAX_WORDS;) {
		size_t k = strcspn(s + i, " ");
		if (k > n - i)
			k = n - i;
		float w = (float)letters_in(s + i, k) * l->letter * size;
		if (k) {
			const char *t =
			    l->capitals ? text_upper(p->mem, s + i, k) : arena_strndup(p->mem, s + i, k);
			float conf = 1;
			if (t && l->misread) {
				t = misread(p, t, strlen(t));
				conf = 0.95f - 0.04f * (float)p->look->noise - (float)pick(p, 10) / 100;
			}
			struct box b = {fminf(x, 0.99f), p->y, fminf(x + w, 1.0f),
			                p->y + l->row * 0.72f * size};
			if (t && l->lost && pick(p, 100) < l->lost)
				t = NULL;
			if (t && l->misread && strspn(t, "_") == strlen(t))
				t = "_"; /* a line to write on is one sign */
			if (t && *t)
				p->words[p->n_words++] = (struct word){t, conf, b};
		}
		x += w + l->letter * size;
		i += k ? k : 1;
		while (i < n && s[i] == ' ')
			i++;
	}
	return x;
}

static void
end_line(struct press *p, size_t from, float size)
{
	if (p->n_words > from)
		p->lines[p->n_lines++] =
		    (struct span){(uint32_t)(from - p->page_words), (uint32_t)(p->n_words - from)};
	p->y += p->look->row * size;
}

static void
end_page(struct press *p)
{
	const struct look *l = p->look;
	float height = l->aspect > 0 ? l->aspect : p->y + l->top;
	for (size_t i = p->page_words; i < p->n_words; i++) {
		p->words[i].box.y0 = fminf(p->words[i].box.y0 / height, 1);
		p->words[i].box.y1 = fminf(p->words[i].box.y1 / height, 1);
	}
	p->page[p->n_pages++] = (struct page){.number = (int32_t)p->n_pages + 1,
	                                      .width = l->width,
	                                      .height = (int32_t)(height * (float)l->width),
	                                      .source = l->misread ? SOURCE_OCR : SOURCE_TEXT_LAYER,
	                                      .quality = {.score = l->misread ? 0.7f : 1.0f},
	                                      .words = p->words + p->page_words,
	                                      .n_words = p->n_words - p->page_words,
	                                      .lines = p->lines + p->page_lines,
	                                      .n_lines = p->n_lines - p->page_lines};
	p->page_words = p->n_words;
	p->page_lines = p->n_lines;
	p->y = l->top;
}

/* A cell of its own is a paragraph: broken where the line is full. */
static void
put_paragraph(struct press *p, const struct made_line *m)
{
	const struct look *l = p->look;
	bool centred = m->align == '^' || m->align == '~';
	float size = m->align == '~' || m->align == '=' ? 1.5f : 1;
	size_t room = (size_t)((float)l->columns / size);
	const char *s = m->cell[0];
	while (*s) {
		size_t n = strlen(s);
		if (letters_in(s, n) > room) {
			size_t cut = 0;
			for (size_t i = 0; i < n && letters_in(s, i) <= room; i++)
				if (s[i] == ' ')
					cut = i;
			n = cut ? cut : n;
		}
		float w = (float)letters_in(s, n) * l->letter * size;
		float x = centred           ? fmaxf(l->left, 0.5f - w / 2)
		          : m->align == '>' ? fmaxf(l->left, 1 - l->left - w)
		                            : l->left;
		size_t from = p->n_words;
		put_run(p, s, n, x, size);
		end_line(p, from, size);
		s += n;
		while (*s == ' ')
			s++;
	}
}

/* Cells side by side: the last ends at the right margin, the first takes what the others leave. */
static void
put_cells(struct press *p, const struct made_line *m)
{
	const struct look *l = p->look;
	size_t from = p->n_words;
	float room = 1 - 2 * l->left, first = m->n == 2 ? 0.55f : 0.4f;
	float x_min = l->left;
	for (uint32_t c = 0; c < m->n; c++) {
		size_t n = strlen(m->cell[c]);
		float w = (float)letters_in(m->cell[c], n) * l->letter;
		float x =
		    c == 0 ? l->left
		    : c == m->n - 1
		        ? l->left + room - w
		        : l->left + room * (first + (0.9f - first) * (float)(c - 1) / (float)(m->n - 1));
		x = fmaxf(x, x_min);
		x_min = put_run(p, m->cell[c], n, x, 1) + l->letter;
	}
	end_line(p, from, 1);
}

static struct look
choose_look(enum shape shape, uint64_t *chance)
{
	struct look l = {.misread = made_random(chance, 4) > 0,
	                 .capitals = made_random(chance, 4) == 0,
	                 .noise = 1u << made_random(chance, 4)};
	switch (shape) {
	case SHAPE_ROLL:
	case SHAPE_SLIP:
		l.columns = 30 + (int)made_random(chance, 16);
		l.width = 500 + (int)made_random(chance, 500);
		if (made_random(chance, 3) == 0) { /* laid on a sheet and scanned with it */
			l.aspect = 1.414f;
			l.left = 0.15f + (float)made_random(chance, 15) / 100;
		}
		break;
	case SHAPE_SHEET:
		l.columns = 80 + (int)made_random(chance, 30);
		l.aspect = made_random(chance, 4) ? 1.414f : 1.294f;
		l.width = 1240 + (int)made_random(chance, 600);
		if (l.misread && made_random(chance, 4) == 0)
			l.lost = 5 + made_random(chance, 25);
		break;
	case SHAPE_CARD:
		l.columns = 36 + (int)made_random(chance, 20);
		l.aspect = made_random(chance, 3) ? 0.63f : 1.4f;
		l.width = 800 + (int)made_random(chance, 400);
		break;
	}
	if (l.left <= 0)
		l.left = 0.03f + (float)made_random(chance, 6) / 100;
	l.top = 0.05f;
	l.letter = (1 - 2 * l.left) / (float)l.columns;
	l.row = l.letter * (1.9f + (float)made_random(chance, 8) / 10);
	return l;
}

enum err
made_lay(const struct made_text *t, enum shape shape, uint64_t *chance, struct arena *mem,
         const struct document_text **ret, struct why *why)
{
	struct look look = choose_look(shape, chance);
	struct press p = {.look = &look, .chance = chance, .mem = mem, .y = look.top};
	struct page *pages;
	struct document_text *doc;
	ARENA_TRY(p.words, arena_array(mem, MAX_WORDS, sizeof *p.words), mem, why);
	ARENA_TRY(p.lines, arena_array(mem, MAX_WORDS, sizeof *p.lines), mem, why);
	for (size_t i = 0; i < t->n; i++) {
		if (look.aspect > 0 && p.y > look.aspect - 2 * look.top) {
			if (p.n_pages + 1 == MAX_PAGES)
				break;
			end_page(&p);
		}
		if (t->line[i].n == 0)
			p.y += look.row;
		else if (t->line[i].n == 1)
			put_paragraph(&p, &t->line[i]);
		else
			put_cells(&p, &t->line[i]);
	}
	end_page(&p);
	ARENA_TRY(pages, arena_array(mem, p.n_pages, sizeof *pages), mem, why);
	ARENA_TRY(doc, arena_alloc(mem, sizeof *doc), mem, why);
	memcpy(pages, p.page, p.n_pages * sizeof *pages);
	*doc = (struct document_text){
	    .source = look.misread ? SOURCE_OCR : SOURCE_TEXT_LAYER, .pages = pages, .n_pages = p.n_pages};
	*ret = doc;
	return ERR_NONE;
}

enum err
made_paper(const struct grammar *g, size_t which, uint64_t seed, struct arena *mem, struct made *ret,
           struct why *why)
{
	const struct part *part = &g->part[g->paper[which % g->n_papers]];
	uint64_t chance = seed * 1000003u + which;
	struct made_text *t = NULL;
	TRY(made_write(g, part, &chance, mem, &t, why));
	*ret = (struct made){.name = part->name, .kind = part->kind};
	TRY(made_lay(t, part->shape, &chance, mem, &ret->doc, why));
	for (int f = 0; f < FIELD_COUNT; f++)
		ret->key[f] = t->key[f];
	ret->facts = t->fact;
	ret->n_facts = t->n_facts;
	return ERR_NONE;
}
