#include "speed.h"

#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>

#define MOST_DOCUMENTS 5000

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Of the processor, not of the clock on the wall: others use the machine too. */
static int64_t
worked_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static enum err
time_one(struct model *m, const char *path, int64_t *ret, struct why *why)
{
	OWNED(mem_free) char *json = NULL;
	size_t n;
	TRY(file_read(path, 64 * MIB, &json, &n, why));
	*ret = INT64_MAX;
	for (int k = 0; k < 3; k++) { /* the best of three */
		OWNED(json_release) json_t *answer = NULL;
		int64_t start = worked_us();
		TRY(model_predict(m, json, n, &answer, why));
		int64_t took = worked_us() - start;
		const json_t *d = json_object_get(answer, "diagnostics");
		int64_t pages = json_integer_value(json_object_get(d, "pages"));
		took = pages > 1 ? took / pages : took;
		*ret = took < *ret ? took : *ret;
	}
	return ERR_NONE;
}

enum err
speed_measure(const char *models, const char *documents, struct why *why)
{
	OWNED(model_free) struct model *m = NULL;
	OWNED(mem_free) int64_t *t = calloc(MOST_DOCUMENTS, sizeof *t);
	if (!documents || !t)
		return fail(why, ERR_INVALID, "--speed wants --ocr DIR");
	TRY(model_load(models, "", &m, why));
	DIR *d = opendir(documents);
	if (!d)
		return fail_errno(why, ERR_ABSENT, "%s", documents);
	size_t n = 0;
	enum err e = ERR_NONE;
	for (struct dirent *f; n < MOST_DOCUMENTS && e == ERR_NONE && (f = readdir(d));) {
		char path[4200];
		snprintf(path, sizeof path, "%s/%s", documents, f->d_name);
		if (f->d_name[0] != '.')
			e = time_one(m, path, &t[n++], why);
	}
	closedir(d);
	TRY(e);
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	qsort(t, n, sizeof *t, by_size);
	if (n)
		printf("%zu papers, microseconds a page: median %lld, 99 of 100 within %lld, longest %lld; "
		       "largest process %ld MiB\n",
		       n, (long long)t[n / 2], (long long)t[n * 99 / 100], (long long)t[n - 1],
		       use.ru_maxrss / 1024);
	return ERR_NONE;
}
