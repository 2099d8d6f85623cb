/* docket logs: the story of one document from collected log files of any number of processes: lines of
 * that job, and of the request that uploaded it, in order of time. */
#include "commands.h"

#include "json_own.h"
#include "own.h"

#include <stdlib.h>

#define LINE_MAX_LEN 16384 /* ours are at most 4 KiB; longer ones are somebody else's */
#define REQUESTS_MAX 64

struct line {
	char *text; /* as it stood in the file */
	char time[32];
	size_t order;
};
struct search {
	const char *job, *request, *event;
	bool json;
	char *requests[REQUESTS_MAX]; /* of the job */
	size_t n_requests;
	struct line *lines;
	size_t n, room;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct search *s = state->input;
	switch (key) {
	case 'j':
		s->job = arg;
		return 0;
	case 'r':
		s->request = arg;
		return 0;
	case 'e':
		s->event = arg;
		return 0;
	case 'f':
		if (strcmp(arg, "text") != 0 && strcmp(arg, "json") != 0)
			argp_error(state, "--format is text or json");
		s->json = strcmp(arg, "json") == 0;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void
search_release(struct search *s)
{
	for (size_t i = 0; i < s->n_requests; i++)
		free(s->requests[i]);
	for (size_t i = 0; i < s->n; i++)
		free(s->lines[i].text);
	free(s->lines);
}

static bool
equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool
of_the_jobs_requests(const struct search *s, const char *request)
{
	for (size_t i = 0; i < s->n_requests; i++) {
		if (equal(s->requests[i], request))
			return true;
	}
	return false;
}

/* First reading: which requests belong to the job? */
static void
learn(struct search *s, const json_t *line, const char *text)
{
	const char *request = json_get_str(line, "request_id");
	(void)text;
	if (!s->job || !request || !equal(json_get_str(line, "job_id"), s->job))
		return;
	if (s->n_requests < REQUESTS_MAX && !of_the_jobs_requests(s, request))
		s->requests[s->n_requests++] = strdup(request);
}

/* Second reading: lines of the job, and of its requests unless they are another job's. */
static bool
wanted(const struct search *s, const json_t *line)
{
	const char *job = json_get_str(line, "job_id"), *request = json_get_str(line, "request_id");
	if (s->event && !equal(json_get_str(line, "event"), s->event))
		return false;
	if (s->request && !equal(request, s->request))
		return false;
	if (s->job && !equal(job, s->job) && (job || !of_the_jobs_requests(s, request)))
		return false;
	return true;
}

static void
collect(struct search *s, const json_t *line, const char *text)
{
	if (!wanted(s, line))
		return;
	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 256;
		s->lines = realloc(s->lines, s->room * sizeof *s->lines);
		if (!s->lines)
			BUG("no memory for the lines found");
	}
	struct line *l = &s->lines[s->n];
	*l = (struct line){.text = strdup(text), .order = s->n};
	if (!l->text)
		BUG("no memory for the lines found");
	snprintf(l->time, sizeof l->time, "%s", json_get_str(line, "time") ? json_get_str(line, "time") : "");
	s->n++;
}

static enum err
each_line(struct search *s, const char *path, void (*fn)(struct search *, const json_t *, const char *),
          struct why *why)
{
	OWNED(file_close) FILE *f = fopen(path, "re");
	char text[LINE_MAX_LEN];
	if (!f)
		return fail_errno(why, ERR_ABSENT, "%s", path);
	while (fgets(text, sizeof text, f)) {
		OWNED(json_release) json_t *line = NULL;
		text[strcspn(text, "\n")] = '\0';
		const char *start = strchr(text, '{'); /* journald and docker put their own words before */
		if (start && json_parse(start, strlen(start), &line, NULL) == ERR_NONE &&
		    json_is_object(line))
			fn(s, line, start);
	}
	return ferror(f) ? fail_errno(why, ERR_BROKEN, "%s", path) : ERR_NONE;
}

static int
by_time(const void *x, const void *y)
{
	const struct line *a = x, *b = y;
	int d = strcmp(a->time, b->time); /* RFC 3339 in UTC: sorts as text */
	return d ? d : (a->order > b->order) - (a->order < b->order);
}

/* "09:14:30.120  info   worker         job.parsed           pages=1 words=88" */
static void
print_line(const struct line *l)
{
	static const char *const heads[] = {"time",        "level",   "event",    "contour",   "job_id",
	                                    "document_id", "user_id", "trace_id", "request_id"};
	OWNED(json_release) json_t *o = NULL;
	const char *key;
	json_t *value;
	if (json_parse(l->text, strlen(l->text), &o, NULL) != ERR_NONE)
		return;
	printf("%s  %-5s  %-13s  %-22s", l->time, json_get_str(o, "level") ? json_get_str(o, "level") : "",
	       json_get_str(o, "contour") ? json_get_str(o, "contour") : "",
	       json_get_str(o, "event") ? json_get_str(o, "event") : "");
	json_object_foreach(o, key, value)
	{
		bool head = false;
		for (size_t i = 0; i < ARRAY_LEN(heads); i++)
			head |= strcmp(heads[i], key) == 0;
		if (head)
			continue;
		OWNED(mem_free) char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		printf(" %s=%s", key, text ? text : "?");
	}
	printf("\n");
}

static enum err
find(struct search *s, char **paths, int n, struct why *why)
{
	for (int i = 0; s->job && i < n; i++)
		TRY(each_line(s, paths[i], learn, why));
	for (int i = 0; i < n; i++)
		TRY(each_line(s, paths[i], collect, why));
	if (s->n == 0)
		return fail(why, ERR_ABSENT, "no line of these files is about that");
	qsort(s->lines, s->n, sizeof s->lines[0], by_time);
	for (size_t i = 0; i < s->n; i++) {
		if (s->json)
			printf("%s\n", s->lines[i].text);
		else
			print_line(&s->lines[i]);
	}
	return ERR_NONE;
}

static int
run(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    {"job", 'j', "ID", 0, "Lines of this job and of the request that made it", 0},
	    {"request", 'r', "ID", 0, "Lines of this request", 0},
	    {"event", 'e', "NAME", 0, "Only this event, for example job.failed", 0},
	    {"format", 'f', "text|json", 0, "How to print: for people, or the lines as they are", 0},
	    {0}};
	OWNED(search_release) struct search s = {0};
	const struct command_syntax syntax = {.args = "FILE...",
	                                      .doc = "Tell one document's story from collected log files.",
	                                      .options = options,
	                                      .parser = on_option,
	                                      .own = &s,
	                                      .min_args = 1,
	                                      .max_args = 100000};
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	struct why why = {""};
	enum err e = find(&s, inv.args, inv.n_args, &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

const struct command command_logs = {"logs", "tell one document's story from log files", run};
