/* What document_read() accepts must survive a round through document_write() unchanged in shape. */
#include "document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 16 * MIB);
	const struct document_text *d = NULL, *again = NULL;
	struct why why;
	if (document_read((const char *)data, n, mem, &d, &why) != ERR_NONE)
		return 0;
	OWNED(buf_free) struct buf json = buf_init(16 * MIB), text = buf_init(16 * MIB);
	document_write(&json, d);
	document_plain_text(&text, d);
	if (json.full || text.full)
		return 0;
	if (document_read(json.data, json.len, mem, &again, &why) != ERR_NONE) {
		if (strstr(why.text, "arena"))
			return 0;
		BUG("written but not readable: %s", why.text);
	}
	if (again->n_pages != d->n_pages)
		BUG("%zu pages became %zu", d->n_pages, again->n_pages);
	for (size_t i = 0; i < d->n_pages; i++) {
		if (again->pages[i].n_words != d->pages[i].n_words)
			BUG("page %zu lost words", i);
	}
	return 0;
}
