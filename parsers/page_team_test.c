/* Whatever the threads do: pages are opened and told one by one and in order, large ones are read alone, and
 * a failure is the first page's that fails. */
#include "page_team.h"

#include "clock.h"
#include "fdio.h"
#include "page_read.h"

#include <leptonica/allheaders.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#define PAGES 60

struct trial {
	atomic_int opening, reading, large, telling, most_reading, wrong;
	int32_t opened, told; /* so far: of what is never done twice at once */
	int32_t fails_at, fails_in;
};

enum { OPEN = 1, READ, TELL };

static enum err
fate(const struct trial *t, int32_t page, int step, struct why *why)
{
	if (page < t->fails_at || t->fails_in != step)
		return ERR_NONE;
	snprintf(why->text, sizeof why->text, "page %d", page);
	return ERR_CORRUPT_FILE;
}

static bool
is_large(int32_t page)
{
	return page % 7 == 3;
}

static enum err
on_open(void *arg, int32_t page, int64_t *ret_pixels, struct why *why)
{
	struct trial *t = arg;
	t->wrong |= atomic_fetch_add(&t->opening, 1) != 0 || page != t->opened || atomic_load(&t->large) > 0;
	t->opened++;
	*ret_pixels = is_large(page) ? TEAM_LARGE + 1 : 100;
	atomic_fetch_sub(&t->opening, 1);
	return fate(t, page, OPEN, why);
}

static enum err
on_read(void *arg, int32_t page, struct why *why)
{
	struct trial *t = arg;
	int n = atomic_fetch_add(&t->reading, 1) + 1, most = atomic_load(&t->most_reading);
	while (n > most && !atomic_compare_exchange_weak(&t->most_reading, &most, n))
		;
	if (is_large(page)) {
		t->wrong |= n != 1;
		atomic_store(&t->large, 1);
	}
	clock_sleep_ms(page % 3);
	if (is_large(page))
		atomic_store(&t->large, 0);
	atomic_fetch_sub(&t->reading, 1);
	return fate(t, page, READ, why);
}

static enum err
on_tell(void *arg, int32_t page, struct why *why)
{
	struct trial *t = arg;
	t->wrong |= atomic_fetch_add(&t->telling, 1) != 0 || page != t->told;
	enum err e = fate(t, page, TELL, why);
	t->told += e == ERR_NONE;
	atomic_fetch_sub(&t->telling, 1);
	return e;
}

static enum err
run(struct page_team *team, struct trial *t, int32_t at_once, struct why *why)
{
	const struct page_work w = {t, PAGES, on_open, on_read, on_tell};
	return page_team_run(team, &w, at_once, why);
}

static void
pages_are_told_in_order(void **state)
{
	(void)state;
	struct page_team *team = NULL;
	struct why why;
	assert_int_equal(page_team_start(3, &team, &why), ERR_NONE);
	for (int32_t at_once = 1; at_once <= 6; at_once++) { /* more than there are threads for, too */
		struct trial t = {.fails_at = PAGES};
		assert_int_equal(run(team, &t, at_once, &why), ERR_NONE);
		assert_int_equal(t.wrong, 0);
		assert_int_equal(t.told, PAGES);
		assert_true(t.most_reading <= at_once && t.most_reading <= 4);
	}
	page_team_stop(&team);
	assert_null(team);
}

static void
the_first_page_that_fails_ends_it(void **state)
{
	(void)state;
	struct page_team *team = NULL;
	struct why why;
	assert_int_equal(page_team_start(3, &team, &why), ERR_NONE);
	for (int step = OPEN; step <= TELL; step++) {
		for (int32_t at = 0; at < 12; at++) {
			struct trial t = {.fails_at = at, .fails_in = step};
			char text[40];
			snprintf(text, sizeof text, "page %d", at);
			assert_int_equal(run(team, &t, 4, &why), ERR_CORRUPT_FILE);
			assert_string_equal(why.text, text);
			assert_int_equal(t.wrong, 0);
			assert_int_equal(t.told, at);
			assert_true(t.opened <= at + 8);
		}
	}
	page_team_stop(&team);
}

/* ---- real pages ---- */

#define COPIES 8

struct reading {
	const struct format *format;
	void *doc;
	struct limits limits;
	struct ocr *ocr;
	struct arena *mem[COPIES];
	struct format_page fp[COPIES];
	struct page pages[COPIES];
};

static enum err
open_copy(void *arg, int32_t i, int64_t *ret_pixels, struct why *why)
{
	struct reading *r = arg;
	r->mem[i] = arena_create("page", 64 * MIB);
	*ret_pixels = 1;
	return r->format->page(r->doc, 0, &r->limits, r->mem[i], &r->fp[i], why);
}

static enum err
read_copy(void *arg, int32_t i, struct why *why)
{
	struct reading *r = arg;
	enum err e = page_read(r->ocr, &r->fp[i], 0, r->mem[i], &r->pages[i], why);
	pixDestroy(&r->fp[i].pix);
	return e;
}

static enum err
compare_copy(void *arg, int32_t i, struct why *why)
{
	struct reading *r = arg;
	const struct page *one = &r->pages[0], *p = &r->pages[i];
	(void)why;
	assert_true(p->n_words > 3 && p->n_words == one->n_words);
	for (size_t w = 0; w < p->n_words; w++) {
		assert_string_equal(p->words[w].text, one->words[w].text);
		assert_memory_equal(&p->words[w].box, &one->words[w].box, sizeof(struct box));
		assert_true(p->words[w].confidence == one->words[w].confidence);
	}
	return ERR_NONE;
}

/* All that reads a page, by threads beside one another: what the thread sanitizer is for. */
static void
a_page_is_read_alike_by_all_threads(void **state)
{
	(void)state;
	struct reading r = {.limits = {.max_pixels = 10000000, .max_unpacked = 100 * (int64_t)MIB}};
	struct page_team *team = NULL;
	struct why why = {""};
	OWNED(mem_free) char *data = NULL;
	char path[4096];
	size_t n = 0;
	int32_t pages = 0;
	snprintf(path, sizeof path, "%s/parsers/golden/in/plain.png", getenv("DOCKET_SOURCE_DIR"));
	assert_int_equal(file_read(path, MIB, &data, &n, &why), ERR_NONE);
	assert_int_equal(ocr_open(&(struct ocr_options){"docket", "eng+rus", NULL}, &r.ocr, &why), ERR_NONE);
	assert_int_equal(format_of((uint8_t *)data, n, &r.format, &why), ERR_NONE);
	assert_int_equal(r.format->open((uint8_t *)data, n, &r.limits, &r.doc, &pages, &why), ERR_NONE);
	assert_true(ocr_reads_many(r.ocr));
	assert_int_equal(page_team_start(3, &team, &why), ERR_NONE);
	const struct page_work w = {&r, COPIES, open_copy, read_copy, compare_copy};
	if (page_team_run(team, &w, 4, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	page_team_stop(&team);
	for (int i = 0; i < COPIES; i++)
		arena_destroy(&r.mem[i]);
	r.format->close(r.doc);
	ocr_close(&r.ocr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_are_told_in_order),
	    cmocka_unit_test(the_first_page_that_fails_ends_it),
	    cmocka_unit_test(a_page_is_read_alike_by_all_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
