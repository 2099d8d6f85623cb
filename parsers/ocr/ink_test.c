/* What the heights of letters tell of their case, and which bars are rules. */
#include "committed_weights.h"
#include "ink.h"
#include "own.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the four above */
#include <cmocka.h>

#include "spelling.h"

#define ROWS    32
#define COLUMNS 800
#define STEPS   4 /* from letter to letter; a step is four columns */

#define FOOT 24 /* rows */
#define TALL 6
#define LOW  11

struct line {
	struct letter letters[48];
	size_t n;
	struct ink ink[COLUMNS];
};

static int32_t
middle(size_t letter)
{
	return 4 * STEPS * (int32_t)letter + 4 * 2 + 2;
}

/* A line of `text` in which a letter is as high as `tops` says: 'A' a capital, 'a' a small one, '-' without
 * ink. */
static void
write_line(const struct weights *w, const char *text, const char *tops, struct line *ret)
{
	ret->n = spell(w, text, ret->letters);
	assert_int_equal(strlen(tops), ret->n);
	for (size_t x = 0; x < COLUMNS; x++)
		ret->ink[x] = (struct ink){UINT8_MAX, 0, false, false};
	for (size_t i = 0; i < ret->n; i++) {
		ret->letters[i].first = ret->letters[i].last = STEPS * (int32_t)i + 2;
		for (int32_t x = middle(i) - 5; tops[i] != '-' && x <= middle(i) + 5; x++)
			ret->ink[x] = (struct ink){tops[i] == 'A' ? TALL : LOW, FOOT, true, false};
	}
}

static void
assert_says(const struct weights *w, const struct line *line, const char *want)
{
	assert_spells(w, line->letters, line->n, want);
}

static void
committed(struct weights *w)
{
	struct why why = {""};
	assert_int_equal(weights_map(source(WEIGHTS), w, &why), ERR_NONE);
}

static void
a_line_is_measured_by_letters_of_one_case(void **state)
{
	(void)state;
	struct weights w;
	struct line line;
	struct gauge g;
	committed(&w);
	write_line(&w, "Еда 5", "Aaa-A", &line);
	assert_true(ink_gauge(&w, line.letters, line.n, line.ink, COLUMNS, &g));
	assert_true(g.foot == FOOT && g.tall == FOOT - TALL && g.low == FOOT - LOW);
	/* one height tells the other, as on the rest of the page */
	float page = ink_proportion(&g, 1);
	write_line(&w, "12", "AA", &line);
	assert_true(ink_gauge(&w, line.letters, line.n, line.ink, COLUMNS, &g) && g.low == 0);
	assert_true(ink_complete(&w, page, &g) && g.low > FOOT - LOW - .1F && g.low < FOOT - LOW + .1F);
	/* letters that could be either tell none, and two heights that are one are none */
	write_line(&w, "ШТ", "aa", &line);
	assert_false(ink_gauge(&w, line.letters, line.n, line.ink, COLUMNS, &g));
	write_line(&w, "Еа", "AA", &line);
	assert_true(ink_gauge(&w, line.letters, line.n, line.ink, COLUMNS, &g));
	assert_false(ink_complete(&w, page, &g));
	write_line(&w, "Еа", "--", &line);
	assert_false(ink_gauge(&w, line.letters, line.n, line.ink, COLUMNS, &g));
	weights_release(&w);
}

static void
case_is_as_letters_are_high(void **state)
{
	(void)state;
	struct weights w;
	committed(&w);
	static const struct {
		const char *read, *tops, *is;
	} lines[] = {
	    {"ШТ", "aa", "шт"},
	    {"шт", "AA", "ШТ"},
	    {"Получ", "aaaaa", "получ"},
	    {"мир", "Aaa", "Мир"},
	    {"Й", "a", "Й"},
	    {"й", "A", "й"}, /* its mark is as high as a capital */
	    {"SO", "aa", "SO"},
	    {"ЕБ", "aa", "ЕБ"},
	    {"С", "-", "С"},
	    {"«ОШ»", "aaaa", "«ош»"},
	    {"(мм)", "AAAA", "(мм)"},
	    {"\"Мм", "aaa", "\"Мм"},
	};
	const struct gauge g = {FOOT, FOOT - TALL, FOOT - LOW};
	struct line line;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		write_line(&w, lines[i].read, lines[i].tops, &line);
		ink_settle_case(&w, line.letters, line.n, line.ink, COLUMNS, &g);
		assert_says(&w, &line, lines[i].is);
	}
	/* in between, and of other print: as read */
	const struct gauge large = {FOOT, 3 * (FOOT - TALL), 2 * (FOOT - TALL)};
	write_line(&w, "Шт", "AA", &line);
	ink_settle_case(&w, line.letters, line.n, line.ink, COLUMNS, &large);
	assert_says(&w, &line, "Шт");
	/* the stem of the letter beside it is not its own */
	write_line(&w, "об", "aA", &line);
	for (int32_t x = middle(0) + 2; x < middle(1); x++)
		line.ink[x].top = TALL;
	ink_settle_case(&w, line.letters, line.n, line.ink, COLUMNS, &g);
	assert_says(&w, &line, "об");
	weights_release(&w);
}

static void
bars_through_the_whole_crop_are_rules(void **state)
{
	(void)state;
	struct weights w;
	struct line line;
	committed(&w);
	write_line(&w, "| 2| шт | м |", "A-AA-aa-A-a-A", &line);
	size_t rules[] = {0, 3, 12};
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		line.ink[middle(rules[i]) - 4].through = true; /* a little beside where it is said */
	ink_drop_rules(&w, line.letters, &line.n, line.ink, COLUMNS);
	assert_says(&w, &line, "2 шт | м");
	write_line(&w, "|", "A", &line);
	line.ink[middle(0)].through = true;
	ink_drop_rules(&w, line.letters, &line.n, line.ink, COLUMNS);
	assert_int_equal(line.n, 0);
	ink_drop_rules(&w, line.letters, &line.n, line.ink, COLUMNS);
	assert_int_equal(line.n, 0);
	weights_release(&w);
}

static void
rules_along_a_line_are_no_letters_tops(void **state)
{
	(void)state;
	static float in[ROWS * COLUMNS];
	static struct ink ink[COLUMNS];
	for (size_t x = 0; x < COLUMNS; x++)
		in[COLUMNS + x] = 1;
	for (size_t y = TALL; y <= FOOT; y++)
		in[y * COLUMNS + 5] = 1;
	for (size_t y = 0; y < ROWS; y++)
		in[y * COLUMNS + 9] = y == 1 ? 1 : .2F; /* grey */
	ink_measure(in, COLUMNS, ROWS, COLUMNS, ink);
	assert_true(ink[5].top == TALL && ink[5].bottom == FOOT && ink[5].any && !ink[5].through);
	assert_true(ink[6].top > ink[6].bottom && ink[6].any);
	assert_true(ink[9].top > ink[9].bottom && ink[9].through);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_measured_by_letters_of_one_case),
	    cmocka_unit_test(case_is_as_letters_are_high),
	    cmocka_unit_test(bars_through_the_whole_crop_are_rules),
	    cmocka_unit_test(rules_along_a_line_are_no_letters_tops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
