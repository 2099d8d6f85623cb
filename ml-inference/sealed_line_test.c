/* What goes between two machines opens with the key they share, the way it was meant, and not otherwise. */
#include "sealed_line.h"

#include "own.h"
#include "test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct line_way question = {{0}, {0}};
static const struct line_key key = {{7}};

static bool
opens(const struct line_key *k, const struct line_way *way, const struct buf *sealed, const char *text)
{
	OWNED(buf_free) struct buf plain = buf_init(1 * KIB);
	buf_puts(&plain, "before ");
	bool good = line_open(k, way, sealed->data, sealed->len, &plain);
	assert_memory_equal(plain.data, "before ", 7);
	assert_int_equal(plain.len, 7 + (good ? strlen(text) : 0));
	if (good)
		assert_memory_equal(plain.data + 7, text, strlen(text));
	return good;
}

static void
a_message_opens_for_who_has_the_key_and_is_never_the_same_twice(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "{\"document\":1}"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		OWNED(buf_free) struct buf one = buf_init(1 * KIB), two = buf_init(1 * KIB);
		line_seal(&key, &question, texts[i], strlen(texts[i]), &one);
		line_seal(&key, &question, texts[i], strlen(texts[i]), &two);
		assert_int_equal(one.len, strlen(texts[i]) + LINE_OVERHEAD);
		assert_memory_not_equal(one.data, two.data, one.len);
		assert_null(memmem(one.data, one.len, "document", 8));
		assert_true(opens(&key, &question, &one, texts[i]));
		assert_false(opens(&(struct line_key){{8}}, &question, &one, texts[i]));
	}
}

static void
a_changed_or_shortened_message_opens_for_nobody(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf b = buf_init(1 * KIB);
	line_seal(&key, &question, "total 12.50", 11, &b);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		assert_false(opens(&key, &question, &b, ""));
		b.data[i] ^= 1;
	}
	while (b.len > 0) {
		buf_cut(&b, b.len - 1);
		assert_false(opens(&key, &question, &b, ""));
	}
	assert_false(line_open(&key, &question, NULL, 0, &b)); /* nothing came */
}

/* Else an answer, recorded, could be given to another question, or a question sent back as its own answer. */
static void
an_answer_opens_for_its_own_question_and_status(void **state)
{
	(void)state;
	OWNED(buf_free)
	struct buf ask = buf_init(1 * KIB), other = buf_init(1 * KIB), answer = buf_init(1 * KIB);
	line_seal(&key, &question, "q", 1, &ask);
	line_seal(&key, &question, "q", 1, &other);
	struct line_way way = line_answer_to(ask.data, 200), elsewhere = line_answer_to(other.data, 200),
	                refused = line_answer_to(ask.data, 422);
	line_seal(&key, &way, "a", 1, &answer);
	assert_true(opens(&key, &way, &answer, "a"));
	assert_false(opens(&key, &elsewhere, &answer, "a"));
	assert_false(opens(&key, &refused, &answer, "a"));
	assert_false(opens(&key, &question, &answer, "a"));
	assert_false(opens(&key, &way, &ask, "q"));
}

static void
what_has_no_room_is_full_and_not_half(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf small = buf_init(LINE_OVERHEAD + 3), whole = buf_init(1 * KIB);
	line_seal(&key, &question, "four", 4, &small);
	assert_true(small.full);
	line_seal(&key, &question, "four", 4, &whole);
	OWNED(buf_free) struct buf plain = buf_init(3);
	assert_false(line_open(&key, &question, whole.data, whole.len, &plain));
}

static void
a_line_that_leaves_the_machine_wants_a_key(void **state)
{
	(void)state;
	static const char *const here[] = {"127.0.0.1:9100", "127.8.0.1:9100", "localhost:9100",
	                                   "[::1]:9100"};
	static const char *const away[] = {"0.0.0.0:9100",   ":9100",          "[::]:9100",
	                                   "10.0.0.2:9100",  "inference:9100", "127.0.0.1.nip.io:9100",
	                                   "[fd00::1]:9100", "1270:9100"};
	struct why why = {""};
	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		assert_int_equal(line_may_be(here[i], NULL, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(away); i++) {
		assert_int_equal(line_may_be(away[i], NULL, &why), ERR_INVALID);
		assert_non_null(strstr(why.text, "inference.key_file"));
		assert_int_equal(line_may_be(away[i], &key, &why), ERR_NONE);
	}
}

static void
a_key_is_read_from_its_file(void **state)
{
	(void)state;
	char folder[TEST_FOLDER_LEN], path[200];
	struct line_key k;
	struct why why = {""};
	test_folder(folder);
	snprintf(path, sizeof path, "%s/key", folder);
	assert_int_equal(line_key_read(path, &k, &why), ERR_ABSENT);
	FILE *f = fopen(path, "w");
	fprintf(f, "%064x\n", 0xAB);
	fclose(f);
	assert_int_equal(line_key_read(path, &k, &why), ERR_NONE);
	assert_int_equal(k.b[LINE_KEY_LEN - 1], 0xAB);
	assert_int_equal(truncate(path, 63), 0);
	assert_int_equal(line_key_read(path, &k, &why), ERR_INVALID);
	unlink(path);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_opens_for_who_has_the_key_and_is_never_the_same_twice),
	    cmocka_unit_test(a_changed_or_shortened_message_opens_for_nobody),
	    cmocka_unit_test(an_answer_opens_for_its_own_question_and_status),
	    cmocka_unit_test(what_has_no_room_is_full_and_not_half),
	    cmocka_unit_test(a_line_that_leaves_the_machine_wants_a_key),
	    cmocka_unit_test(a_key_is_read_from_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
