/* A request's body, as anybody may send it: the envelope, the document, and every finder. No trees:
 * they see numbers only, and finite ones (features are checked as they are written). */
#include "candidates.h"
#include "document.h"
#include "envelope.h"
#include "facts.h"
#include "inference.h"
#include "json_own.h"
#include "kind.h"
#include "line_items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A memory travels with the request: it comes from our own worker, and is read as if it did not. */
static void
remember(const struct envelope *e)
{
	struct why why;
	size_t changed;
	OWNED(json_release) json_t *memory = NULL;
	OWNED(json_release) json_t *answer = json_pack("{s:[]}", "fields");
	if (e->memory && json_parse(e->memory, e->memory_len, &memory, &why) == ERR_NONE)
		(void)!memory_apply(memory, e->document, e->document_len, answer, &changed, &why);
}

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
	float text_p[TYPE_COUNT] = {0}, x[KIND_MAX_FEATURES];
	struct features f = {.v = x, .cap = KIND_MAX_FEATURES};
	const char *sign[8];
	if (kind_features(r, text_p, &f, &why) != ERR_NONE)
		return 0;
	for (int k = 0; k < TYPE_COUNT; k++)
		(void)kind_signs(r, (enum paper_type)k, sign, ARRAY_LEN(sign));
	remember(&e);
	(void)!line_items_find(r, 1000, "RUB", items, mem, &why);
	return 0;
}
