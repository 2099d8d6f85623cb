/* What the sandbox costs a document, how soon a warm parser starts on one, and what a large photo takes.
 * usage: parser_bench DOCKET_PARSE RECEIPT [DOCUMENT...]; prints lines of JSON. The photo is RECEIPT scaled
 * to 12 megapixels; of further documents the memory is told too. */
#include "arena.h"
#include "clock.h"
#include "fdio.h"
#include "nursery.h"
#include "own.h"
#include "parsers.h"
#include "sandbox.h"

#include <fcntl.h>
#include <leptonica/allheaders.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define ROUNDS 40

static double
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void
print(const char *what, double v[], size_t n)
{
	qsort(v, n, sizeof *v, by_size);
	printf("{\"what\":\"%s\",\"median_ms\":%.3f,\"p95_ms\":%.3f,\"n\":%zu}\n", what, v[n / 2],
	       v[n * 95 / 100], n);
}

/* In a child of its own each time: what is closed stays closed. */
static double
close_once(void)
{
	double *took = mmap(NULL, sizeof *took, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	if (took == MAP_FAILED || pid < 0)
		BUG("no child");
	if (pid == 0) {
		const struct sandbox_limits limits = {
		    .memory = (int64_t)GIB, .cpu_s = 100, .file = 256 * (int64_t)MIB};
		uint32_t bits;
		struct why why;
		double begun = now_ms();
		if (sandbox_close(SANDBOX_READ, &limits, &bits, &why) != ERR_NONE ||
		    sandbox_close(SANDBOX_STRICT, NULL, &bits, &why) != ERR_NONE)
			_exit(1);
		*took = now_ms() - begun;
		_exit(0);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	double ms = *took;
	munmap(took, sizeof *took);
	return status == 0 ? ms : -1;
}

struct start {
	double asked, first;
};

static enum err
on_progress(void *arg, int32_t done, int32_t total, struct why *why)
{
	struct start *s = arg;
	(void)done, (void)total, (void)why;
	if (s->first == 0)
		s->first = now_ms() - s->asked;
	return ERR_NONE;
}

static void
await_warm(struct parser_pool *p)
{
	struct parser_stats stats;
	do {
		parser_pool_stats(p, &stats);
		clock_sleep_ms(5);
	} while (stats.warm < 1);
	clock_sleep_ms(200); /* the next one is up and the machine quiet */
}

static int
photo(const char *receipt)
{
	l_uint8 *jpeg = NULL;
	size_t n = 0;
	int fd = -1;
	struct why why = {""};
	PIX *small = pixRead(receipt), *large = small ? pixScaleToSize(small, 3000, 4000) : NULL;
	if (!large || pixWriteMemJpeg(&jpeg, &n, large, 85, 0) != 0 ||
	    fd_from_bytes("photo", jpeg, n, &fd, &why) != ERR_NONE)
		BUG("no photo from %s", receipt);
	pixDestroy(&small);
	pixDestroy(&large);
	lept_free(jpeg);
	return fd;
}

static enum err
parse(struct parser_pool *p, int fd, struct start *s, struct parse_result *r, struct why *why)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0)
		return fail_errno(why, ERR_BROKEN, "a document");
	const struct parse_events events = {.arg = s, .progress = on_progress};
	await_warm(p);
	*s = (struct start){.asked = now_ms()};
	TRY(parser_parse(p, fd, (uint64_t)st.st_size, clock_steady_ms() + 300000, &events, r, why));
	fd_close(&r->json_fd);
	return ERR_NONE;
}

static double
bear_once(struct nurseries *n)
{
	struct parser_process parser;
	struct why why;
	double begun = now_ms();
	if (nurseries_bear(n, 0, &parser, &why) != ERR_NONE)
		BUG("%s", why.text);
	double ms = now_ms() - begun;
	parser_process_end(&parser, 0);
	return ms;
}

static void
births(const struct parser_options *o, const char *program)
{
	double first[10], later[ROUNDS];
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		struct nurseries n = NURSERIES(o, program);
		first[i] = bear_once(&n);
		for (size_t k = 0; k < ROUNDS / ARRAY_LEN(first); k++)
			later[i * (ROUNDS / ARRAY_LEN(first)) + k] = bear_once(&n);
		nurseries_end(&n);
	}
	print("starting a nursery: process, models, fonts, and its first parser", first, ARRAY_LEN(first));
	print("a parser's birth: fork, sandbox, a helper", later, ROUNDS);
}

int
main(int argc, char **argv)
{
	double ms[ROUNDS];
	struct parser_pool *pool = NULL;
	struct parse_result r;
	struct start s;
	struct why why = {""};
	if (argc < 3)
		return 2;
	const struct parser_options o = {.program = argv[1],
	                                 .languages = "eng+rus",
	                                 .engine = "docket",
	                                 .warm = 1,
	                                 .max_running = 1,
	                                 .memory = (int64_t)GIB,
	                                 .threads = 2,
	                                 .max_pages = 100,
	                                 .max_megapixels = 60,
	                                 .page_time_ms = 60000};
	for (size_t i = 0; i < ROUNDS; i++)
		ms[i] = close_once();
	print("closing the sandbox, all layers", ms, ROUNDS);
	births(&o, argv[1]);
	if (parser_pool_start(&o, &pool, &why) != ERR_NONE)
		BUG("%s", why.text);
	int receipt = open(argv[2], O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < ROUNDS / 2; i++) {
		if (parse(pool, receipt, &s, &r, &why) != ERR_NONE)
			BUG("%s", why.text);
		ms[i] = s.first;
	}
	close(receipt);
	print("from the request to the first page of a warm parser", ms, ROUNDS / 2);
	for (int i = 2; i < argc; i++) {
		int fd = i == 2 ? photo(argv[2]) : open(argv[i], O_RDONLY | O_CLOEXEC);
		if (parse(pool, fd, &s, &r, &why) != ERR_NONE)
			BUG("%s", why.text);
		close(fd);
		printf("{\"what\":\"%s%s\",\"wall_ms\":%lld,\"cpu_ms\":%lld,\"peak_rss_mib\":%.1f}\n",
		       i == 2 ? "12 megapixels of " : "", argv[i], (long long)r.wall_ms, (long long)r.cpu_ms,
		       (double)r.peak_rss_kib / 1024);
	}
	parser_pool_stop(&pool);
	return 0;
}
