/* Papers made up: the same from the same seed, each of the grammar, true to themselves. */
#include "json_own.h"
#include "made.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct grammar *
grammar(void)
{
	struct why why = {""};
	struct grammar *g = NULL;
	char path[4200];
	snprintf(path, sizeof path, "%s/ml-inference/train/made", getenv("DOCKET_SOURCE_DIR"));
	if (grammar_read(path, &g, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	return g;
}

static struct made
make(const struct grammar *g, size_t which, uint64_t seed, struct arena *mem)
{
	struct why why = {""};
	struct made m;
	if (made_paper(g, which, seed, mem, &m, &why) != ERR_NONE)
		fail_msg("paper %zu: %s", which, why.text);
	return m;
}

static void
every_paper_of_the_grammar_is_a_document_that_its_reader_takes(void **state)
{
	(void)state;
	OWNED(grammar_free) struct grammar *g = grammar();
	bool seen[TYPE_COUNT] = {false};
	for (size_t i = 0; i < grammar_papers(g); i++)
		for (uint64_t seed = 1; seed < 4; seed++) {
			OWNED(arena_destroy) struct arena *mem = arena_create("made", 64 * MIB);
			struct made m = make(g, i, seed, mem);
			OWNED(buf_free) struct buf json = buf_init(16 * MIB);
			const struct document_text *again = NULL;
			struct why why = {""};
			document_write(&json, m.doc);
			if (document_read(json.data, json.len, mem, &again, &why) != ERR_NONE)
				fail_msg("%s: %s", m.name, why.text);
			assert_true(again->pages[0].n_words > 0);
			seen[m.kind] = true;
		}
	for (int k = 0; k < TYPE_COUNT; k++)
		if (!seen[k])
			fail_msg("no paper is made of the kind %s", type_names[k]);
}

static void
the_same_seed_makes_the_same_paper_and_another_another(void **state)
{
	(void)state;
	OWNED(grammar_free) struct grammar *g = grammar();
	OWNED(arena_destroy) struct arena *mem = arena_create("made", 64 * MIB);
	OWNED(buf_free) struct buf a = buf_init(16 * MIB);
	OWNED(buf_free) struct buf b = buf_init(16 * MIB);
	OWNED(buf_free) struct buf c = buf_init(16 * MIB);
	document_write(&a, make(g, 0, 7, mem).doc);
	document_write(&b, make(g, 0, 7, mem).doc);
	document_write(&c, make(g, 0, 8, mem).doc);
	assert_string_equal(a.data, b.data);
	assert_string_not_equal(a.data, c.data);
}

/* A text layer is not misread: what the truth says must stand there. */
static void
what_is_true_of_a_paper_stands_on_it(void **state)
{
	(void)state;
	OWNED(grammar_free) struct grammar *g = grammar();
	int checked = 0;
	for (size_t i = 0; i < grammar_papers(g); i++)
		for (uint64_t seed = 1; seed < 9; seed++) {
			OWNED(arena_destroy) struct arena *mem = arena_create("made", 64 * MIB);
			struct made m = make(g, i, seed, mem);
			OWNED(buf_free) struct buf text = buf_init(4 * MIB);
			char whole[100000], key[500];
			if (m.doc->source != SOURCE_TEXT_LAYER || m.doc->n_pages > 1 ||
			    !m.key[FIELD_MERCHANT][0])
				continue;
			document_plain_text(&text, m.doc);
			text_key(text.data, text.len, whole, sizeof whole);
			text_key(m.key[FIELD_MERCHANT], strlen(m.key[FIELD_MERCHANT]), key, sizeof key);
			if (!strstr(whole, key))
				fail_msg("%s, seed %d: no %s", m.name, (int)seed, m.key[FIELD_MERCHANT]);
			checked++;
		}
	assert_true(checked > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_paper_of_the_grammar_is_a_document_that_its_reader_takes),
	    cmocka_unit_test(the_same_seed_makes_the_same_paper_and_another_another),
	    cmocka_unit_test(what_is_true_of_a_paper_stands_on_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
