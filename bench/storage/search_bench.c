/* Searches and lists over one person's library.
 *
 * usage: search_bench DIR [DOCUMENTS]     DIR: an empty folder on the disk to measure; with 0, one that an
 *                                         earlier run has filled
 *
 * Papers are made of words whose frequencies fall as those of languages do (Zipf), Russian and English, some
 * 80 words each. Prints, for each kind of question, the median, the 99th percentile and the worst, in CPU
 * time. */
#include "buf.h"
#include "clock.h"
#include "library.h"
#include "own.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 32
#define WORDS   20000
#define ASK     300

static struct storage *st;
static struct uuid user;
static int documents = 100000;

static void
must(enum err e, const struct why *why)
{
	if (e != ERR_NONE)
		BUG("%s: %s", err_code(e), why->text);
}

/* The n-th word, the more frequent the smaller: syllables, so that stems and beginnings are shared. */
static void
word(unsigned n, char ret[32])
{
	static const char *const russian[] = {"мо", "ло", "ка", "ре", "ни", "тор", "ва", "сти", "про", "ду"};
	static const char *const english[] = {"ba", "con", "der", "ing", "lo",
	                                      "mi", "per", "ra",  "sto", "tu"};
	const char *const *set = n % 2 ? russian : english;
	size_t at = 0;
	for (unsigned k = n / 2 + 11; k > 0; k /= 10)
		at += (size_t)snprintf(ret + at, 32 - at, "%s", set[k % 10]);
}

static unsigned
zipf(unsigned *seed)
{
	double u = (double)rand_r(seed) / RAND_MAX;
	return (unsigned)(pow(WORDS, u)) - 1;
}

static void *
fill(void *arg)
{
	unsigned seed = (unsigned)(size_t)arg;
	struct uuid worker = uuid_new();
	for (int i = 0; i < documents / THREADS; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("fill", MIB);
		OWNED(buf_free) struct buf text = buf_init(16 * KIB);
		struct why why;
		const struct job *job;
		const struct claim *claim;
		bool replayed;
		size_t n = 0;
		char w[32], merchant[64], date[16], total[16];
		struct blob blob = {.size = 4096};
		uint8_t key[32];
		random_bytes(key, sizeof key);
		hex_text(key, sizeof key, blob.key);
		memcpy(blob.sha256, key, sizeof key);
		for (int k = 0; k < 80; k++) {
			word(zipf(&seed), w);
			buf_printf(&text, "%s ", w);
		}
		word(zipf(&seed) % 500, w);
		snprintf(merchant, sizeof merchant, "Shop %s", w);
		snprintf(date, sizeof date, "20%02d-%02d-%02d", 10 + rand_r(&seed) % 16,
		         1 + rand_r(&seed) % 12, 1 + rand_r(&seed) % 28);
		snprintf(total, sizeof total, "%d.%02d", rand_r(&seed) % 900, rand_r(&seed) % 100);
		const struct upload u = {.user = user,
		                         .job_id = uuid_new(),
		                         .document_id = uuid_new(),
		                         .blob = &blob,
		                         .file_name = "scan.jpg",
		                         .media_type = "image/jpeg"};
		must(storage_upload(st, &u, mem, &job, &replayed, &why), &why);
		must(storage_claim(st, worker, 1, mem, &claim, &n, &why), &why);
		if (n == 0)
			BUG("an upload that nobody can claim");
		const struct result_row r = {.json = "{}",
		                             .json_len = 2,
		                             .doc_type = rand_r(&seed) % 4 ? "receipt" : "invoice",
		                             .merchant = merchant,
		                             .date = date,
		                             .total = total,
		                             .currency = "EUR",
		                             .text = text.data};
		must(storage_settle_done(st, claim, &r, &why), &why);
	}
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Of this thread: what it cost, whoever else is at work on the machine. */
static int64_t
cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* `kind` fills a filter for the i-th question. */
static void
ask(const char *title, void (*kind)(struct document_filter *f, char text[200], unsigned *seed))
{
	int64_t us[ASK];
	unsigned seed = 7;
	size_t found = 0;
	for (int i = 0; i < ASK; i++) {
		OWNED(arena_destroy) struct arena *mem = arena_create("ask", 64 * MIB);
		char text[200] = "";
		struct document_filter f = {0};
		struct found_page page;
		struct why why;
		kind(&f, text, &seed);
		int64_t begun = cpu_us();
		must(storage_document_find(st, user, &f, NULL, 50, mem, &page, &why), &why);
		us[i] = cpu_us() - begun;
		found += page.n;
	}
	qsort(us, ASK, sizeof us[0], by_size);
	printf("%-34s p50 %7.2f ms   p99 %7.2f ms   worst %7.2f ms   (%.1f on a page)\n", title,
	       (double)us[ASK / 2] / 1000, (double)us[ASK * 99 / 100] / 1000, (double)us[ASK - 1] / 1000,
	       (double)found / ASK);
}

static void
one_word(struct document_filter *f, char text[200], unsigned *seed)
{
	word(zipf(seed), text);
	size_t n = strlen(text);
	text[n] = ' '; /* not half typed */
	text[n + 1] = '\0';
	f->text = text;
}

static void
half_typed(struct document_filter *f, char text[200], unsigned *seed)
{
	word(zipf(seed), text);
	text[4] = '\0'; /* two Russian letters or four English ones */
	f->text = text;
}

static void
three_words(struct document_filter *f, char text[200], unsigned *seed)
{
	char a[32], b[32], c[32];
	word(zipf(seed), a);
	word(zipf(seed), b);
	word(zipf(seed), c);
	snprintf(text, 200, "%s %s %s ", a, b, c);
	f->text = text;
}

static void
phrase(struct document_filter *f, char text[200], unsigned *seed)
{
	char a[32], b[32];
	word(zipf(seed) % 50, a);
	word(zipf(seed) % 50, b);
	snprintf(text, 200, "\"%s %s\"", a, b);
	f->text = text;
}

static void
rare_with_filters(struct document_filter *f, char text[200], unsigned *seed)
{
	one_word(f, text, seed);
	f->doc_type = "invoice";
	f->date_from = "2014-01-01";
	f->date_to = "2014-02-28";
}

static void
newest(struct document_filter *f, char text[200], unsigned *seed)
{
	(void)f, (void)text, (void)seed;
}

static void
by_date(struct document_filter *f, char text[200], unsigned *seed)
{
	static _Thread_local char from[16], to[16];
	(void)text;
	int year = 10 + rand_r(seed) % 16, month = 1 + rand_r(seed) % 12;
	snprintf(from, sizeof from, "20%02d-%02d-01", year % 100, month % 100);
	snprintf(to, sizeof to, "20%02d-%02d-28", year % 100, month % 100);
	f->date_from = from;
	f->date_to = to;
	f->sort = SORT_DATE;
}

static void
by_sender(struct document_filter *f, char text[200], unsigned *seed)
{
	char w[32];
	word(zipf(seed) % 500, w);
	snprintf(text, 200, "shop %s", w);
	f->merchant = text;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s DIR [DOCUMENTS]\n", argv[0]);
		return 2;
	}
	if (argc > 2)
		documents = (int)strtol(argv[2], NULL, 10);
	char urls[2][4200];
	snprintf(urls[0], sizeof urls[0], "sqlite:%s/docket.db", argv[1]);
	snprintf(urls[1], sizeof urls[1], "file:%s/blobs", argv[1]);
	const struct storage_options o = {.storage_url = urls[0],
	                                  .blobs_url = urls[1],
	                                  .lease_ms = 600000,
	                                  .job_deadline_ms = 6000000,
	                                  .max_attempts = 3,
	                                  .max_crashes = 2,
	                                  .max_queued_per_user = 1000000};
	struct why why;
	OWNED(arena_destroy) struct arena *mem = arena_create("bench", MIB);
	const struct user *u;
	must(storage_open(&o, &st, &why), &why);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (documents > 0)
		must(storage_user_create(st, "bench@example.org", "x", "en", mem, &u, &why), &why);
	else
		must(storage_user_by_email(st, "bench@example.org", mem, &u, &why), &why);
	user = u->id;
	int64_t begun = clock_steady_ms();
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, fill, (void *)(i + 1)) != 0)
			BUG("no thread");
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	int64_t ms = clock_steady_ms() - begun;
	printf("%d documents uploaded, claimed, settled and indexed: %.0f/s\n", documents,
	       documents * 1000.0 / (double)(ms ? ms : 1));
	ask("the newest", newest);
	ask("a month, by the paper's date", by_date);
	ask("a sender", by_sender);
	ask("a word", one_word);
	ask("half a word", half_typed);
	ask("three words", three_words);
	ask("a phrase of frequent words", phrase);
	ask("a word, a kind and two months", rare_with_filters);
	storage_close(&st);
	return 0;
}
