/* Any text as letters that were read, line by line: what is settled of them by word, line and page. The
 * alphabet is made here; letters that it lacks are left out. */
#include "ink.h"

#define MOST 400 /* letters of a line */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_range(struct weights *w, uint32_t from, uint32_t to)
{
	for (uint32_t c = from; c <= to; c++) {
		char *at = w->alphabet[w->classes++];
		if (c < 0x80)
			at[0] = (char)c;
		else {
			at[0] = (char)(0xc0 | c >> 6);
			at[1] = (char)(0x80 | (c & 0x3f));
		}
	}
}

static struct weights *
alphabet(void)
{
	static struct weights w;
	if (w.classes == 0) {
		w.classes = 1; /* the blank */
		add_range(&w, ' ', '~');
		add_range(&w, 0xa7, 0xff);
		add_range(&w, 0x401, 0x45f);
	}
	return &w;
}

/* Up to the end of a line; what was taken of `data` in `ret_used`. */
static size_t
letters_of(const struct weights *w, const uint8_t *data, size_t size, struct letter *ret, size_t *ret_used)
{
	size_t n = 0, i = 0;
	while (i < size && n < MOST && data[i] != '\n') {
		char c[5] = {(char)data[i++]};
		for (size_t k = 1; k < 4 && i < size && (data[i] & 0xc0) == 0x80; k++)
			c[k] = (char)data[i++];
		int32_t class = c[0] ? decode_class(w, c) : 0;
		if (class)
			ret[n] = (struct letter){class, (int32_t)(2 * n), (int32_t)(2 * n), 1, c[0] & 1};
		n += class != 0;
	}
	*ret_used = i + (i < size);
	return n;
}

static void
look_for_mixed(const struct weights *w, const struct letter *l, size_t n)
{
	float lean[WEIGHTS_MAX_CLASSES];
	size_t from = 0, to = 0, end = 0;
	while (decode_next_mixed(w, l, n, &from, &to, lean)) {
		if (from < end || to <= from || to > n)
			BUG("a word from %zu to %zu of %zu", from, to, n);
		end = to;
	}
}

/* Ink is as the bytes say; a letter is at every second step. */
static void
look_at_ink(const struct weights *w, struct letter *l, size_t *n, const uint8_t *data, size_t size)
{
	static struct ink ink[8 * MOST];
	int32_t columns = (int32_t)(8 * *n);
	for (int32_t x = 0; x < columns; x++) {
		uint8_t b = data[(size_t)x % size];
		ink[x] = (struct ink){b & 31, b >> 3, b & 1, b == 'T'};
	}
	struct gauge g;
	decode_mend_decimals(w, l, *n);
	ink_drop_rules(w, l, n, ink, columns);
	if (ink_gauge(w, l, *n, ink, columns, &g) && ink_complete(w, ink_proportion(&g, 1), &g))
		ink_settle_case(w, l, *n, ink, columns, &g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct weights *w = alphabet();
	struct letter before[MOST], l[MOST];
	struct decode_letters page = {0};
	size_t n_before = 0;
	for (size_t used; size > 0; data += used, size -= used) {
		size_t n = letters_of(w, data, size, l, &used);
		decode_count(w, l, n, &page);
		look_for_mixed(w, l, n);
		decode_settle_script(w, l, n, page);
		decode_settle_tall_line(w, l, n);
		look_at_ink(w, l, &n, data, size);
		decode_settle_case(w, l, n);
		decode_mend_quotes(w, l, n);
		decode_mend_firm(w, l, n, page);
		for (size_t i = 0; i < n; i++)
			if (l[i].class < 1 || l[i].class >= w->classes)
				BUG("a letter of class %d", l[i].class);
		if (decode_ends_in_stop(w, before, n_before))
			decode_mend_hyphen(w, before, n_before, 0, l, n);
		memcpy(before, l, n * sizeof *l);
		n_before = n;
	}
	return 0;
}
