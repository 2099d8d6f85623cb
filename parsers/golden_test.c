/* A document in, what the parser says of it out: parsers/golden. With DOCKET_REWRITE_GOLDEN set, out/ is
 * written and not compared (tools/rewrite-golden).
 *
 * Of pages that were read from pixels only the text is kept: boxes and confidences are the engine's, which
 * has tests of its own and differs in the last digit from processor to processor. */
#include "arena.h"
#include "clock.h"
#include "document.h"
#include "fdio.h"
#include "own.h"
#include "parsers.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define FILES_MAX 200

static struct parser_pool *pool;

static enum err
on_attachment(void *arg, const char *name, int fd, uint64_t size, struct why *why)
{
	struct buf *names = arg;
	uint8_t head[64];
	(void)why;
	ssize_t n = pread(fd, head, sizeof head, 0);
	buf_printf(names, "%s, %s, %llu bytes\n", name, document_media_type(head, n > 0 ? (size_t)n : 0),
	           (unsigned long long)size);
	return ERR_NONE;
}

/* Only what does not change with the machine and the engine. */
static struct page
plain_page(const struct page *p, struct arena *mem)
{
	struct page out = {.number = p->number,
	                   .width = p->width,
	                   .height = p->height,
	                   .rotation = p->rotation,
	                   .source = p->source,
	                   .words = p->words,
	                   .n_words = p->n_words,
	                   .lines = p->lines,
	                   .n_lines = p->n_lines};
	if (p->source == SOURCE_TEXT_LAYER)
		return out;
	struct word *words = arena_array(mem, p->n_words, sizeof *words);
	assert_non_null(words);
	for (size_t i = 0; i < p->n_words; i++)
		words[i].text = p->words[i].text;
	out.words = words;
	/* Straightening may take a row of pixels more or less. */
	out.width = (p->width + 5) / 10 * 10;
	out.height = (p->height + 5) / 10 * 10;
	return out;
}

static void
say(const struct document_text *d, const struct buf *names, struct arena *mem, struct buf *out)
{
	struct page *pages = arena_array(mem, d->n_pages, sizeof *pages);
	assert_non_null(pages);
	for (size_t i = 0; i < d->n_pages; i++)
		pages[i] = plain_page(&d->pages[i], mem);
	struct document_text plain = {.source = d->source,
	                              .engine = d->source == SOURCE_TEXT_LAYER ? d->engine : "any",
	                              .engine_version = "any",
	                              .media_type = d->media_type,
	                              .warnings = d->warnings,
	                              .n_warnings = d->n_warnings,
	                              .pages = pages,
	                              .n_pages = d->n_pages};
	OWNED(buf_free) struct buf json = buf_init(10 * MIB);
	document_write(&json, &plain);
	/* A word a line, for whoever reads the difference. */
	for (const char *p = json.data; p && *p; p++) {
		buf_putc(out, *p);
		if (*p == '}' && p[1] == ',')
			buf_putc(out, *++p), buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
	if (names->data)
		buf_printf(out, "attachments:\n%s", names->data);
}

static void
parse(const char *path, struct buf *out)
{
	OWNED(buf_free) struct buf names = buf_init(10 * KIB);
	OWNED(arena_destroy) struct arena *mem = arena_create("golden", 256 * MIB);
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct parse_events events = {.arg = &names, .attachment = on_attachment};
	const struct document_text *d = NULL;
	struct parse_result r = {.json_fd = -1};
	struct stat st;
	struct why why = {""};
	assert_int_equal(fstat(fd, &st), 0);
	enum err e =
	    parser_parse(pool, fd, (uint64_t)st.st_size, clock_steady_ms() + 300000, &events, &r, &why);
	if (e != ERR_NONE) {
		buf_printf(out, "refused: %s\n", err_code(e));
		return;
	}
	OWNED(fd_close) int json_fd = r.json_fd;
	OWNED(mem_free) char *json = NULL;
	size_t n = 0;
	assert_int_equal(fd_read_file(json_fd, DOCUMENT_MAX_JSON, &json, &n, &why), ERR_NONE);
	assert_int_equal(document_read(json, n, mem, &d, &why), ERR_NONE);
	say(d, &names, mem, out);
}

static bool
holds(const char *path, const struct buf *said)
{
	OWNED(mem_free) char *kept = NULL;
	size_t n = 0;
	struct why why;
	return file_read(path, 10 * MIB, &kept, &n, &why) == ERR_NONE && n == said->len &&
	       memcmp(kept, said->data, n) == 0;
}

static bool
check(const char *name)
{
	char in[4096], out[4096];
	OWNED(buf_free) struct buf said = buf_init(10 * MIB);
	snprintf(in, sizeof in, "%s/parsers/golden/in/%s", getenv("DOCKET_SOURCE_DIR"), name);
	snprintf(out, sizeof out, "%s/parsers/golden/out/%s.txt", getenv("DOCKET_SOURCE_DIR"), name);
	parse(in, &said);
	if (getenv("DOCKET_REWRITE_GOLDEN")) {
		OWNED(file_close) FILE *f = fopen(out, "we");
		assert_non_null(f);
		assert_int_equal(fwrite(said.data, 1, said.len, f), said.len);
		return true;
	}
	if (holds(out, &said))
		return true;
	print_error("%s: not what parsers/golden/out says, but:\n%s\n", name, said.data);
	return false;
}

static int
not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void
every_document_says_what_it_said(void **state)
{
	char folder[4096];
	struct dirent **names = NULL;
	int bad = 0;
	(void)state;
	snprintf(folder, sizeof folder, "%s/parsers/golden/in", getenv("DOCKET_SOURCE_DIR"));
	int n = scandir(folder, &names, not_hidden, alphasort);
	assert_true(n > 30 && n < FILES_MAX);
	for (int i = 0; i < n; i++) {
		bad += !check(names[i]->d_name);
		free(names[i]);
	}
	free(names);
	assert_int_equal(bad, 0);
}

static int
start(void **state)
{
	static char program[4096];
	(void)state;
	snprintf(program, sizeof program, "%s/bin/docket-parse", getenv("DOCKET_BUILD_DIR"));
	const struct parser_options o = {.program = program,
	                                 .languages = "eng+rus",
	                                 .engine = "docket",
	                                 .warm = 2,
	                                 .max_running = 2,
	                                 .memory = (int64_t)GIB,
	                                 .threads = 2, /* says the same as one alone */
	                                 .max_pages = 20,
	                                 .max_megapixels = 60,
	                                 .max_attachments = 10,
	                                 .page_time_ms = 60000};
	struct why why;
	return parser_pool_start(&o, &pool, &why) == ERR_NONE ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	parser_pool_stop(&pool);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_document_says_what_it_said)};
	return cmocka_run_group_tests(tests, start, stop);
}
