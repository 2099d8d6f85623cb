/* The pool with the real docket-parse behind it, on samples of the tree and on hostile bytes. */
#include "arena.h"
#include "birth.h"
#include "clock.h"
#include "document.h"
#include "fdio.h"
#include "nursery.h"
#include "own.h"
#include "parsers.h"
#include "test_folder.h"
#include "wire.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

static struct parser_pool *pool;

static struct parser_options
usual_options(void)
{
	static char program[4096];
	snprintf(program, sizeof program, "%s/bin/docket-parse", getenv("DOCKET_BUILD_DIR"));
	return (struct parser_options){.program = program,
	                               .languages = "eng",
	                               .warm = 1,
	                               .max_running = 2,
	                               .memory = (int64_t)GIB,
	                               .threads = 2,
	                               .max_pages = 20,
	                               .max_megapixels = 60,
	                               .page_time_ms = 60000,
	                               .require_sandbox = true};
}

static int
group_start(void **state)
{
	(void)state;
	const struct parser_options o = usual_options();
	struct why why;
	return parser_pool_start(&o, &pool, &why) == ERR_NONE ? 0 : -1;
}

static int
group_end(void **state)
{
	(void)state;
	parser_pool_stop(&pool);
	return 0;
}

static int
open_fds(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Our children of that name, by /proc, and the youngest of them: numbers begin anew one day, so that the
 * highest need not be. */
static int
children(const char *called, pid_t *ret_youngest)
{
	int n = 0;
	unsigned long long youngest = 0;
	DIR *proc = opendir("/proc");
	assert_non_null(proc);
	for (struct dirent *e; (e = readdir(proc));) {
		char path[300], name[64];
		int pid = 0, parent = 0;
		unsigned long long begun = 0;
		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		FILE *f = fopen(path, "re");
		if (f &&
		    fscanf(f,
		           "%d (%60[^)]) %*c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		           "%*s %*s %llu",
		           &pid, name, &parent, &begun) == 4 &&
		    parent == (int)getpid() && strcmp(name, called) == 0) {
			n++;
			if (ret_youngest && begun >= youngest)
				*ret_youngest = pid;
			youngest = begun >= youngest ? begun : youngest;
		}
		file_close(&f);
	}
	closedir(proc);
	return n;
}

static enum err
parse_fd(struct parser_pool *p, int fd, const struct parse_events *events, struct arena *mem,
         const struct document_text **ret, struct why *why)
{
	struct stat st;
	struct parse_result r;
	assert_int_equal(fstat(fd, &st), 0);
	TRY(parser_parse(p, fd, (uint64_t)st.st_size, clock_steady_ms() + 300000, events, &r, why));
	OWNED(fd_close) int json_fd = r.json_fd;
	OWNED(mem_free) char *json = malloc(r.json_len);
	assert_non_null(json);
	assert_int_equal(pread(json_fd, json, r.json_len, 0), (ssize_t)r.json_len);
	return document_read(json, r.json_len, mem, ret, why);
}

static enum err
parse_sample(const char *name, const struct parse_events *events, struct arena *mem,
             const struct document_text **ret)
{
	char path[4096];
	struct why why = {""};
	snprintf(path, sizeof path, "%s/samples/%s", getenv("DOCKET_SOURCE_DIR"), name);
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return parse_fd(pool, fd, events, mem, ret, &why);
}

static enum err
parse_bytes(const void *p, size_t n, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	assert_int_equal(fd_from_bytes("test", p, n, &fd, why), ERR_NONE);
	return parse_fd(pool, fd, NULL, mem, &d, why);
}

static bool
says(const struct document_text *d, const char *word)
{
	OWNED(buf_free) struct buf text = buf_init(10 * MIB);
	document_plain_text(&text, d);
	return text.data && strstr(text.data, word);
}

struct seen {
	int pictures, progress;
};

static enum err
on_picture(void *arg, int32_t page, int32_t w, int32_t h, bool thumbnail, int fd, uint64_t size,
           struct why *why)
{
	struct seen *s = arg;
	char head[12];
	(void)why;
	assert_true(page >= 1 && size > sizeof head);
	assert_true(w <= (thumbnail ? 320 : 1600) && h <= (thumbnail ? 320 : 1600));
	assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
	assert_memory_equal(head, "RIFF", 4);
	assert_memory_equal(head + 8, "WEBP", 4);
	s->pictures++;
	return ERR_NONE;
}

static enum err
on_progress(void *arg, int32_t done, int32_t total, struct why *why)
{
	(void)why;
	assert_true(done <= total);
	((struct seen *)arg)->progress++;
	return ERR_NONE;
}

static void
every_format_says_what_its_sample_says(void **state)
{
	(void)state;
	static const struct {
		const char *file, *word, *media_type;
		enum text_source source;
	} cases[] = {
	    {"receipt-en.jpg", "17.17", "image/jpeg", SOURCE_OCR},
	    {"receipt-en.png", "17.17", "image/png", SOURCE_OCR},
	    {"receipt-en.webp", "17.17", "image/webp", SOURCE_OCR},
	    {"invoice.pdf", "Invoice", "application/pdf", SOURCE_TEXT_LAYER},
	    {"invoice-scan.pdf", "Invoice", "application/pdf", SOURCE_OCR},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
		const struct document_text *d = NULL;
		struct seen seen = {0};
		const struct parse_events events = {
		    .arg = &seen, .progress = on_progress, .picture = on_picture};
		enum err e = parse_sample(cases[i].file, &events, mem, &d);
		if (e != ERR_NONE || !d) {
			fail_msg("%s: %s", cases[i].file, err_code(e));
			return;
		}
		assert_string_equal(d->media_type, cases[i].media_type);
		assert_int_equal(d->source, cases[i].source);
		if (!says(d, cases[i].word))
			fail_msg("%s does not say %s", cases[i].file, cases[i].word);
		assert_int_equal(seen.pictures, 2 * d->n_pages);
		assert_int_equal(seen.progress, 1 + d->n_pages);
	}
}

#ifndef DOCKET_ASAN /* what these two compare is no matter of memory, and takes a quarter of the time */
static enum err
keep_picture(void *arg, int32_t page, int32_t w, int32_t h, bool thumbnail, int fd, uint64_t size,
             struct why *why)
{
	OWNED(mem_free) char *bytes = NULL;
	size_t n = 0;
	buf_printf(arg, "picture %d %d x %d %d\n", page, w, h, thumbnail);
	TRY(fd_read_file(fd, size, &bytes, &n, why));
	buf_put(arg, bytes, n);
	return ERR_NONE;
}

/* What a document says, to the last digit, and its pictures; without what it took. */
static void
say_all(struct parser_pool *p, const char *path, struct buf *ret)
{
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED(mem_free) char *json = NULL;
	const struct parse_events events = {.arg = ret, .picture = keep_picture};
	struct parse_result r = {.json_fd = -1};
	struct stat st;
	struct why why = {""};
	size_t n = 0;
	assert_int_equal(fstat(fd, &st), 0);
	if (parser_parse(p, fd, (uint64_t)st.st_size, clock_steady_ms() + 300000, &events, &r, &why) !=
	    ERR_NONE)
		fail_msg("%s: %s", path, why.text);
	OWNED(fd_close) int json_fd = r.json_fd;
	assert_int_equal(fd_read_file(json_fd, DOCUMENT_MAX_JSON, &json, &n, &why), ERR_NONE);
	for (const char *at = json; at < json + n; at++) {
		buf_putc(ret, *at);
		if (strncmp(at, "_ms\":", 5) == 0)
			at += strcspn(at, ",}") - 1;
	}
}

static void
pages_read_together_say_what_they_say_alone(void **state)
{
	(void)state;
	static const char *const files[] = {"two-pages.tiff", "mixed.pdf", "rotated.pdf"};
	struct parser_options o = usual_options();
	struct parser_pool *alone = NULL, *together = NULL;
	struct why why;
	o.engine = "docket";
	o.threads = 1;
	assert_int_equal(parser_pool_start(&o, &alone, &why), ERR_NONE);
	o.threads = 4;
	assert_int_equal(parser_pool_start(&o, &together, &why), ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[4096];
		OWNED(buf_free) struct buf one = buf_init(20 * MIB);
		OWNED(buf_free) struct buf all = buf_init(20 * MIB);
		snprintf(path, sizeof path, "%s/parsers/golden/in/%s", getenv("DOCKET_SOURCE_DIR"), files[i]);
		say_all(alone, path, &one);
		say_all(together, path, &all);
		assert_true(one.len > 10000 && one.len == all.len &&
		            memcmp(one.data, all.data, one.len) == 0);
	}
	parser_pool_stop(&alone);
	parser_pool_stop(&together);
}

/* Its library is not linked: it is loaded before the sandbox closes, which would not let it in any more. */
static void
the_other_reader_reads_behind_its_sandbox(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	struct parser_pool *other = NULL;
	char path[4096];
	struct why why = {""};
	o.engine = "tesseract";
	o.languages = "eng+rus";
	assert_int_equal(parser_pool_start(&o, &other, &why), ERR_NONE);
	snprintf(path, sizeof path, "%s/samples/receipt-en.png", getenv("DOCKET_SOURCE_DIR"));
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	assert_int_equal(parse_fd(other, fd, NULL, mem, &d, &why), ERR_NONE);
	assert_non_null(d);
	if (!d) /* said to the analyzer, which does not know that the line before does not return */
		return;
	assert_string_equal(d->engine, "tesseract");
	bool read = false;
	for (size_t i = 0; i < d->pages[0].n_words; i++)
		read |= strstr(d->pages[0].words[i].text, "17.17") != NULL;
	assert_true(read);
	parser_pool_stop(&other);
}

#endif

static void
hopeless_bytes_are_named(void **state)
{
	(void)state;
	static const uint8_t huge_png[] =
	    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x4e\x20\0\0\x47\x4a\x08\0\0\0\0\0\0\0\0";
	static const uint8_t bomb_gif[] = "GIF89a\xff\xff\xff\xff\0\0\0";
	static const struct {
		const void *bytes;
		size_t n;
		enum err code;
	} cases[] = {
	    {"\0\1\2", 3, ERR_UNSUPPORTED_TYPE},
	    {"PK\3\4", 4, ERR_UNSUPPORTED_TYPE},
	    {"\xff\xd8\xff\xe0", 4, ERR_CORRUPT_FILE},
	    {"\x89PNG\r\n\x1a\n", 8, ERR_CORRUPT_FILE},
	    {"II*\0\x08\0\0\0", 8, ERR_CORRUPT_FILE},
	    {"%PDF-1.7\n1 0 obj\n<<", 19, ERR_CORRUPT_FILE},
	    {huge_png, sizeof huge_png - 1, ERR_PAGE_TOO_LARGE},
	    {bomb_gif, sizeof bomb_gif - 1, ERR_PAGE_TOO_LARGE},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct why why = {""};
		enum err e = parse_bytes(cases[i].bytes, cases[i].n, &why);
		if (e != cases[i].code)
			fail_msg("case %zu: %s (%s)", i, err_code(e), why.text);
	}
	struct parse_result r;
	struct why why;
	assert_int_equal(parser_parse(pool, 0, 0, clock_steady_ms() + 1000, NULL, &r, &why), ERR_EMPTY_FILE);
}

static void
await_warm(struct parser_pool *p)
{
	struct parser_stats now;
	do {
		clock_sleep_ms(20);
		parser_pool_stats(p, &now);
	} while (now.warm < 1);
}

static enum err
kill_it(void *arg, int32_t done, int32_t total, struct why *why)
{
	pid_t *victim = arg;
	(void)done;
	(void)total;
	(void)why;
	if (*victim)
		kill(*victim, SIGKILL);
	*victim = 0;
	return ERR_NONE;
}

static void
a_killed_parser_costs_one_document_and_leaves_nothing(void **state)
{
	(void)state;
	struct parser_stats before, after;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	await_warm(pool);
	parser_pool_stats(pool, &before);
	pid_t victim = 0;
	assert_int_equal(children(PARSER_NAME, &victim), 1);
	int fds = open_fds();
	const struct parse_events events = {.arg = &victim, .progress = kill_it};
	assert_int_equal(parse_sample("receipt-en.jpg", &events, mem, &d), ERR_PARSER_CRASHED);
	parser_pool_stats(pool, &after);
	assert_int_equal(after.crashed, before.crashed + 1);
	assert_int_equal(parse_sample("receipt-en.jpg", NULL, mem, &d), ERR_NONE);
	await_warm(pool);
	parser_pool_stats(pool, &after);
	assert_int_equal(after.busy, 0);
	assert_int_equal(children(PARSER_NAME, NULL), 1);
	assert_int_equal(children(NURSERY_NAME, NULL), 1);
	assert_int_equal(open_fds(), fds);
}

/* A nursery that is shot in the middle of a document costs nobody anything. */
static void
a_killed_nursery_costs_nothing(void **state)
{
	(void)state;
	struct parser_stats before, after;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	await_warm(pool);
	parser_pool_stats(pool, &before);
	pid_t victim = 0;
	assert_int_equal(children(NURSERY_NAME, &victim), 1);
	const struct parse_events events = {.arg = &victim, .progress = kill_it};
	assert_int_equal(parse_sample("receipt-en.jpg", &events, mem, &d), ERR_NONE);
	assert_int_equal(parse_sample("receipt-en.jpg", NULL, mem, &d), ERR_NONE);
	await_warm(pool);
	parser_pool_stats(pool, &after);
	assert_int_equal(after.nurseries, before.nurseries + 1);
	assert_int_equal(after.not_started, before.not_started);
	assert_int_equal(after.crashed, before.crashed);
}

/* Whoever shot a parser that waited has not shot a document. */
static void
a_parser_that_was_killed_before_its_document_costs_none(void **state)
{
	(void)state;
	struct parser_stats before, after;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	await_warm(pool);
	parser_pool_stats(pool, &before);
	pid_t victim = 0;
	assert_int_equal(children(PARSER_NAME, &victim), 1);
	int pidfd = (int)syscall(SYS_pidfd_open, victim, 0);
	struct pollfd dead = {.fd = pidfd, .events = POLLIN};
	kill(victim, SIGKILL);
	assert_int_equal(poll(&dead, 1, 60000), 1);
	fd_close(&pidfd);
	assert_int_equal(parse_sample("receipt-en.jpg", NULL, mem, &d), ERR_NONE);
	parser_pool_stats(pool, &after);
	assert_int_equal(after.not_started, before.not_started + 1);
	assert_int_equal(after.crashed, before.crashed);
	assert_int_equal(after.nurseries, before.nurseries);
}

static enum err
no_further(void *arg, struct why *why)
{
	(void)arg;
	snprintf(why->text, sizeof why->text, "by its owner");
	return ERR_CANCELLED;
}

static void
a_callers_no_ends_the_parse(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	const struct parse_events events = {.keep_going = no_further};
	assert_int_equal(parse_sample("receipt-en.jpg", &events, mem, &d), ERR_CANCELLED);
}

static void
a_page_has_only_its_time(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	struct parser_pool *hasty = NULL;
	struct why why;
	char path[4096];
	o.page_time_ms = 1;
	assert_int_equal(parser_pool_start(&o, &hasty, &why), ERR_NONE);
	snprintf(path, sizeof path, "%s/samples/receipt-en.jpg", getenv("DOCKET_SOURCE_DIR"));
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	assert_int_equal(parse_fd(hasty, fd, NULL, mem, &d, &why), ERR_PARSER_TIMEOUT);
	struct parser_stats stats;
	parser_pool_stats(hasty, &stats);
	assert_int_equal(stats.timed_out, 1);
	parser_pool_stop(&hasty);
}

/* Holds the parser up for longer than a page's time, as a busy machine would. */
struct hold_up {
	pid_t parser;
	int64_t for_ms, until_ms;
};

static enum err
hold_up(void *arg, struct why *why)
{
	struct hold_up *h = arg;
	(void)why;
	if (h->until_ms == 0) {
		h->until_ms = clock_steady_ms() + h->for_ms;
		kill(h->parser, SIGSTOP);
	} else if (clock_steady_ms() >= h->until_ms) {
		kill(h->parser, SIGCONT);
	}
	return ERR_NONE;
}

/* A page may take more than twice of what it takes of this machine in this build, whatever else runs. */
static void
a_page_that_waited_for_a_processor_has_its_time_yet(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	struct parser_pool *patient = NULL;
	struct parse_result r = {.json_fd = -1};
	struct stat st;
	struct why why;
	char path[4096];
	snprintf(path, sizeof path, "%s/samples/letter-fax.tiff", getenv("DOCKET_SOURCE_DIR"));
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(
	    parser_parse(pool, fd, (uint64_t)st.st_size, clock_steady_ms() + 300000, NULL, &r, &why),
	    ERR_NONE);
	fd_close(&r.json_fd);
	o.page_time_ms = 2 * r.cpu_ms + 2000;
	struct hold_up h = {.for_ms = o.page_time_ms + 2000};
	const struct parse_events events = {.arg = &h, .keep_going = hold_up};
	assert_int_equal(parser_pool_start(&o, &patient, &why), ERR_NONE);
	await_warm(patient);
	children(PARSER_NAME, &h.parser);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	const struct document_text *d = NULL;
	assert_int_equal(parse_fd(patient, fd, &events, mem, &d, &why), ERR_NONE);
	assert_true(clock_steady_ms() >= h.until_ms);
	parser_pool_stop(&patient);
}

static void
a_pool_that_cannot_start_says_why(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	struct parser_pool *none = NULL;
	struct why why = {""};
	o.languages = "xyz";
	assert_int_equal(parser_pool_start(&o, &none, &why), ERR_BROKEN);
	assert_non_null(strstr(why.text, "xyz"));
	o.program = "/nonexistent/docket-parse";
	assert_int_equal(parser_pool_start(&o, &none, &why), ERR_BROKEN);
	assert_null(none);
}

static void
types_are_told_from_the_first_bytes(void **state)
{
	(void)state;
	assert_string_equal(document_media_type((const uint8_t *)"\xff\xd8\xff\xe1", 4), "image/jpeg");
	assert_string_equal(document_media_type((const uint8_t *)"\n\n%PDF-1.4", 10), "application/pdf");
	assert_string_equal(document_media_type((const uint8_t *)"RIFF\1\2\3\4WEBP", 12), "image/webp");
	assert_null(document_media_type((const uint8_t *)"RIFF\1\2\3\4WAVE", 12));
	assert_string_equal(
	    document_media_type((const uint8_t *)"BMany words that begin with two letters", 39),
	    "text/plain");
	assert_null(document_media_type((const uint8_t *)"", 0));
	assert_null(document_media_type((const uint8_t *)"\xff\xd8", 2));
}

/* A program that does not come up those times of its starts that match a pattern of the shell, in a folder
 * of its own. */
struct flaky {
	char folder[TEST_FOLDER_LEN], script[100], count[100];
	struct parser_pool *pool;
};

static void
flaky_start(struct flaky *y, const char *fails)
{
	struct parser_options o = usual_options();
	struct why why = {""};
	test_folder(y->folder);
	snprintf(y->script, sizeof y->script, "%s/parse", y->folder);
	snprintf(y->count, sizeof y->count, "%s/count", y->folder);
	FILE *f = fopen(y->script, "we");
	assert_non_null(f);
	fprintf(f,
	        "#!/bin/sh\necho \"$@\" >>%s\nn=0\nwhile read -r line; do n=$((n + 1)); done <%s\n"
	        "case $n in %s) exit 1 ;; esac\nexec %s \"$@\"\n",
	        y->count, y->count, fails, o.program);
	file_close(&f);
	assert_int_equal(chmod(y->script, 0700), 0);
	o.program = y->script;
	assert_int_equal(parser_pool_start(&o, &y->pool, &why), ERR_NONE);
	/* What it bore is there; for the next one it has to start again. */
	pid_t nursery = 0;
	await_warm(y->pool);
	children(NURSERY_NAME, &nursery);
	kill(nursery, SIGKILL);
}

/* It comes up the first time, fails twice, and comes up again: as on a machine that is too busy. */
static void
a_parser_that_fails_to_start_is_tried_again(void **state)
{
	(void)state;
	char path[4096];
	struct flaky y;
	struct why why = {""};
	flaky_start(&y, "2|3");
	snprintf(path, sizeof path, "%s/samples/receipt-en.png", getenv("DOCKET_SOURCE_DIR"));
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("document", 64 * MIB);
		const struct document_text *d = NULL;
		if (parse_fd(y.pool, fd, NULL, mem, &d, &why) != ERR_NONE)
			fail_msg("document %d: %s", i + 1, why.text);
	}
	struct parser_stats stats;
	parser_pool_stats(y.pool, &stats);
	assert_int_equal(stats.not_started, 2);
	parser_pool_stop(&y.pool);
}

/* However many come and go meanwhile. */
static void
a_parser_that_does_not_come_up_is_started_once_a_second(void **state)
{
	(void)state;
	struct flaky y;
	struct why why;
	struct parse_result r;
	struct parser_stats stats;
	flaky_start(&y, "[!1]*");
	OWNED(fd_close) int fd = -1;
	assert_int_equal(fd_from_bytes("test", "words", 5, &fd, &why), ERR_NONE);
	int64_t begun = clock_steady_ms();
	assert_int_equal(parser_parse(y.pool, fd, 5, clock_steady_ms() + 60000, NULL, &r, &why), ERR_NONE);
	fd_close(&r.json_fd);
	do {
		assert_int_equal(parser_parse(y.pool, fd, 5, 0, NULL, &r, &why), ERR_DEADLINE);
		parser_pool_stats(y.pool, &stats);
		clock_sleep_ms(1);
	} while (stats.not_started == 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(parser_parse(y.pool, fd, 5, 0, NULL, &r, &why), ERR_DEADLINE);
	parser_pool_stats(y.pool, &stats);
	assert_true((int64_t)stats.not_started <= 1 + (clock_steady_ms() - begun) / 1000);
	parser_pool_stop(&y.pool);
}

/* ---- this program as a parser that has been taken over ---- */

/* What it says of its pages, by the first letter of the document: "done of total" for each message. */
static const char *const lies[] = {"a01 01 01 01", "b11", "c01 02", "d03 23 13", "e04", "f02 12 13"};

/* Or it says that it failed with the code that the document names: "!source_unavailable". Beside that it says
 * where its memory lies. */
static int
play_failing_parser(const char *code)
{
	struct why why;
	struct wire_message m = {.type = WIRE_PARSE_FAILED, .fd = -1};
	snprintf(m.parse_failed.code, sizeof m.parse_failed.code, "%s", code);
	snprintf(m.parse_failed.detail, sizeof m.parse_failed.detail, "so \x1b[1m %p", (void *)&why);
	return wire_send(3, &m, &why) != ERR_NONE;
}

static int
play_parser(void)
{
	struct why why;
	struct wire_message m = {.type = WIRE_READY, .fd = -1, .ready = {.sandbox = 15}};
	char text[40] = "", first;
	if (birth_prepare(&why) != ERR_NONE || wire_send(3, &m, &why) != ERR_NONE)
		return 1;
	birth_await(3, getppid());
	if (wire_send(3, &m, &why) != ERR_NONE || wire_receive(3, -1, &m, &why) != ERR_NONE ||
	    pread(m.fd, text, sizeof text - 1, 0) < 1)
		return 1;
	first = text[0];
	if (first == '!')
		return play_failing_parser(text + 1);
	const char *lie = NULL;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		lie = lies[i][0] == first ? lies[i] + 1 : lie;
	for (; lie && lie[0]; lie += lie[2] ? 3 : 2) {
		m = (struct wire_message){
		    .type = WIRE_PARSE_PROGRESS,
		    .fd = -1,
		    .parse_progress = {(uint32_t)(lie[0] - '0'), (uint32_t)(lie[1] - '0')}};
		if (wire_send(3, &m, &why) != ERR_NONE)
			return 1;
	}
	clock_sleep_ms(60000); /* killed long before */
	return 1;
}

static struct parser_pool *
taken_over_pool(struct parser_options o)
{
	struct parser_pool *ret = NULL;
	struct why why = {""};
	o.program = "/proc/self/exe";
	if (parser_pool_start(&o, &ret, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	return ret;
}

static enum err
parse_words(struct parser_pool *p, const char *words, const struct parse_events *events, struct why *why)
{
	struct parse_result r;
	OWNED(fd_close) int fd = -1;
	assert_int_equal(fd_from_bytes("test", words, strlen(words), &fd, why), ERR_NONE);
	return parser_parse(p, fd, strlen(words), clock_steady_ms() + 60000, events, &r, why);
}

/* Each page that is told costs storage a commit and buys time. */
static void
what_is_said_of_pages_must_go_on(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	struct why why = {""};
	o.max_pages = 3;
	struct parser_pool *taken_over = taken_over_pool(o);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct seen seen = {0};
		const struct parse_events events = {.arg = &seen, .progress = on_progress};
		enum err e = parse_words(taken_over, (char[]){lies[i][0], 0}, &events, &why);
		if (e != ERR_BAD_DOCUMENT)
			fail_msg("\"%s\" gives %s", lies[i], err_code(e));
		assert_true(seen.progress <= 2);
	}
	parser_pool_stop(&taken_over);
}

static void
a_parser_tells_of_its_document_and_of_nothing_else(void **state)
{
	(void)state;
	static const char *const may[] = {"unsupported_type",   "file_too_large",    "empty_file",
	                                  "corrupt_file",       "encrypted_pdf",     "too_many_pages",
	                                  "page_too_large",     "unpacks_too_large", "parse_timeout",
	                                  "parse_out_of_memory"};
	struct parser_pool *taken_over = taken_over_pool(usual_options());
	struct why why = {""};
	for (int e = ERR_NONE; e <= ERR_MAX; e++) { /* and one that there is not */
		char text[60];
		bool its_own = false;
		const char *code = e < ERR_MAX ? err_code((enum err)e) : "no_such_code";
		snprintf(text, sizeof text, "!%s", code);
		for (size_t i = 0; i < ARRAY_LEN(may); i++)
			its_own = its_own || strcmp(may[i], code) == 0;
		enum err got = parse_words(taken_over, text, NULL, &why);
		if (got != (its_own ? (enum err)e : ERR_PARSER_CRASHED))
			fail_msg("\"%s\" gives %s", code, err_code(got));
		assert_null(strchr(why.text, 0x1b));
	}
	parser_pool_stop(&taken_over);
}

/* Where the memory of the next parser lies, as it tells. */
static struct why
layout(struct parser_pool *p)
{
	struct why why;
	assert_int_equal(parse_words(p, "!corrupt_file", NULL, &why), ERR_CORRUPT_FILE);
	return why;
}

static void
parsers_of_one_nursery_are_alike_until_one_dies_of_its_document(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	struct parser_stats stats;
	struct why why;
	o.warm = 3; /* siblings of the one that dies are ready when it does */
	struct parser_pool *p = taken_over_pool(o);
	struct why first = layout(p);
	assert_string_equal(first.text, layout(p).text);
	assert_int_equal(parse_words(p, lies[0], NULL, &why), ERR_BAD_DOCUMENT);
	assert_string_not_equal(first.text, layout(p).text);
	parser_pool_stats(p, &stats);
	assert_int_equal(stats.nurseries, 2);
	parser_pool_stop(&p);
}

static void
a_nursery_is_replaced_after_so_many_births(void **state)
{
	(void)state;
	struct parser_stats stats;
	struct parser_pool *p = taken_over_pool(usual_options());
	struct why first = layout(p);
	for (int i = 1; i < NURSERY_BIRTHS; i++)
		assert_string_equal(first.text, layout(p).text);
	while (strcmp(first.text, layout(p).text) == 0) /* its successor loads meanwhile */
		;
	parser_pool_stats(p, &stats);
	assert_int_equal(stats.nurseries, 2);
	assert_int_equal(stats.not_started, 0);
	parser_pool_stop(&p);
}

static int
descriptors_of(pid_t pid)
{
	char path[60];
	int n = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *fds = opendir(path);
	assert_non_null(fds);
	for (struct dirent *e; (e = readdir(fds));)
		n += e->d_name[0] != '.';
	closedir(fds);
	return n;
}

/* Neither its siblings' nor its nursery's. */
static void
a_parser_holds_no_descriptor_but_its_own(void **state)
{
	(void)state;
	struct parser_options o = usual_options();
	pid_t parser = 0, nursery = 0;
	o.warm = 3;
	struct parser_pool *p = taken_over_pool(o);
	while (children(PARSER_NAME, &parser) < 1 + 3) /* the last, and the warm one of the other pool */
		clock_sleep_ms(5);
	children(NURSERY_NAME, &nursery);
	assert_int_equal(descriptors_of(parser), 4);
	assert_int_equal(descriptors_of(nursery), 4);
	parser_pool_stop(&p);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--languages") == 0)
		_exit(play_parser());
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(types_are_told_from_the_first_bytes),
	    cmocka_unit_test(every_format_says_what_its_sample_says),
#ifndef DOCKET_ASAN
	    cmocka_unit_test(pages_read_together_say_what_they_say_alone),
	    cmocka_unit_test(the_other_reader_reads_behind_its_sandbox),
#endif
	    cmocka_unit_test(hopeless_bytes_are_named),
	    cmocka_unit_test(a_killed_parser_costs_one_document_and_leaves_nothing),
	    cmocka_unit_test(a_killed_nursery_costs_nothing),
	    cmocka_unit_test(a_parser_that_was_killed_before_its_document_costs_none),
	    cmocka_unit_test(a_callers_no_ends_the_parse),
	    cmocka_unit_test(a_page_has_only_its_time),
	    cmocka_unit_test(a_page_that_waited_for_a_processor_has_its_time_yet),
	    cmocka_unit_test(what_is_said_of_pages_must_go_on),
	    cmocka_unit_test(a_parser_tells_of_its_document_and_of_nothing_else),
	    cmocka_unit_test(parsers_of_one_nursery_are_alike_until_one_dies_of_its_document),
	    cmocka_unit_test(a_nursery_is_replaced_after_so_many_births),
	    cmocka_unit_test(a_parser_holds_no_descriptor_but_its_own),
	    cmocka_unit_test(a_parser_that_fails_to_start_is_tried_again),
	    cmocka_unit_test(a_parser_that_does_not_come_up_is_started_once_a_second),
	    cmocka_unit_test(a_pool_that_cannot_start_says_why),
	};
	return cmocka_run_group_tests(tests, group_start, group_end);
}
