#include "document.h"

/* What stands before word `w`: nothing is lost where a word belongs to no line. */
static const char *
separator(const struct page *p, size_t w, size_t *line, size_t *block)
{
	bool line_break = false, block_break = false;
	while (*line < p->n_lines && (size_t)p->lines[*line].first + p->lines[*line].n <= w) {
		++*line;
		line_break = true;
	}
	if (*line < p->n_lines && p->lines[*line].first == w)
		line_break = true;
	while (*block < p->n_blocks && (size_t)p->blocks[*block].first + p->blocks[*block].n <= *line) {
		++*block;
		block_break = line_break;
	}
	return block_break ? "\n\n" : line_break ? "\n" : " ";
}

void
document_plain_text(struct buf *out, const struct document_text *d)
{
	for (size_t i = 0; i < d->n_pages; i++) {
		const struct page *p = &d->pages[i];
		size_t line = 0, block = 0;
		if (i)
			buf_putc(out, '\f');
		for (size_t w = 0; w < p->n_words; w++) {
			const char *before = separator(p, w, &line, &block);
			if (w)
				buf_puts(out, before);
			buf_puts(out, p->words[w].text);
		}
	}
}
