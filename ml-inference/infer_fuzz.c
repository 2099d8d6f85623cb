/* A request's body, as anybody may send it: the envelope, the document, and every finder. No trees:
 * they see numbers only, and finite ones (features are checked as they are written). */
#include "candidates.h"
#include "document.h"
#include "envelope.h"
#include "facts.h"
#include "json_own.h"
#include "line_items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct why why;
	struct envelope e;
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 256 * MIB);
	const struct document_text *doc = NULL;
	const struct sheet *sheet = NULL;
	struct reading *r = NULL;
	if (envelope_read((const char *)data, n, &e, &why) != ERR_NONE)
		return 0;
	if (document_read(e.document, e.document_len, mem, &doc, &why) != ERR_NONE)
		return 0;
	if (layout_build(doc, mem, &sheet, &why) != ERR_NONE ||
	    reading_build(sheet, mem, &r, &why) != ERR_NONE)
		return 0;
	for (size_t i = 0; i < sheet->n; i++)
		r->line_p[i][LINE_ADDRESS] = 1;
	for (int f = 0; f < FIELD_COUNT; f++) {
		struct candidates all;
		if (candidates_find((enum field_id)f, r, mem, &all, &why) != ERR_NONE)
			return 0;
	}
	struct facts facts;
	OWNED(json_release) json_t *items = json_array();
	if (facts_by_code(doc, mem, &facts, &why) != ERR_NONE ||
	    facts_by_rule(r, 1000, mem, &facts, &why) != ERR_NONE)
		return 0;
	(void)!line_items_find(r, 1000, "RUB", items, mem, &why);
	return 0;
}
