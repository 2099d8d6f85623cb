/* docket read: parse and infer without a server, an account or a data folder. The same sandbox, the
 * same model and the same composition of the result as a job has. */
#include "commands.h"

#include "clock.h"
#include "document.h"
#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "parsers.h"
#include "places.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define READ_MEMORY (512 * MIB)

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_DOCUMENT };

struct reader {
	enum format format;
	const struct settings *settings;
	struct parser_pool *parsers;
	struct model *model;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct reader *r = state->input;
	if (key != 'f')
		return ARGP_ERR_UNKNOWN;
	if (strcmp(arg, "text") == 0)
		r->format = FORMAT_TEXT;
	else if (strcmp(arg, "json") == 0)
		r->format = FORMAT_JSON;
	else if (strcmp(arg, "document") == 0)
		r->format = FORMAT_DOCUMENT;
	else
		argp_error(state, "--format is text, json or document");
	return 0;
}

/* A pipe cannot be rewound: its bytes are taken into memory first. */
static enum err
open_stdin(uint64_t limit, int *ret_fd, struct why *why)
{
	OWNED(fd_close) int fd = memfd_create("stdin", MFD_CLOEXEC);
	char chunk[64 * 1024];
	uint64_t total = 0;
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "memfd_create");
	for (ssize_t n; (n = read(STDIN_FILENO, chunk, sizeof chunk)) != 0;) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(why, ERR_BROKEN, "standard input");
		total += (uint64_t)n;
		if (total > limit)
			return fail(why, ERR_TOO_BIG, "standard input is larger than %llu bytes",
			            (unsigned long long)limit);
		TRY(fd_write_all(fd, chunk, (size_t)n, why));
	}
	*ret_fd = TAKE_FD(fd);
	return ERR_NONE;
}

static enum err
open_file(const char *path, uint64_t limit, int *ret_fd, uint64_t *ret_size, struct why *why)
{
	struct stat st;
	OWNED(fd_close) int fd = -1;
	if (strcmp(path, "-") == 0)
		TRY(open_stdin(limit, &fd, why));
	else if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return fail_errno(why, errno == ENOENT ? ERR_ABSENT : ERR_BROKEN, "cannot be opened");
	if (fstat(fd, &st) != 0)
		return fail_errno(why, ERR_BROKEN, "fstat");
	if (!S_ISREG(st.st_mode))
		return fail(why, ERR_UNSUPPORTED_TYPE, "not a file");
	if (st.st_size == 0)
		return fail(why, ERR_EMPTY_FILE, "%s", err_text(ERR_EMPTY_FILE));
	if ((uint64_t)st.st_size > limit)
		return fail(why, ERR_TOO_BIG, "%lld bytes, the limit is %llu", (long long)st.st_size,
		            (unsigned long long)limit);
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = TAKE_FD(fd);
	return ERR_NONE;
}

static void
close_result(struct parse_result *p)
{
	fd_close(&p->json_fd);
}

/* The document -> docket.result/1, as the worker does it. */
static enum err
read_document(const struct reader *r, const char *path, json_t **ret, struct why *why)
{
	OWNED(fd_close) int fd = -1;
	uint64_t size = 0;
	TRY(open_file(path, (uint64_t)r->settings->api_max_upload, &fd, &size, why));
	int64_t begun = clock_steady_ms();
	OWNED(close_result) struct parse_result parsed = {.json_fd = -1};
	TRY(parser_parse(r->parsers, fd, size, begun + r->settings->worker_job_deadline, NULL, &parsed, why));
	int64_t read_ms = clock_steady_ms();
	OWNED(mem_free) char *json = NULL;
	size_t len;
	TRY(fd_read_file(parsed.json_fd, DOCUMENT_MAX_JSON, &json, &len, why));
	if (r->format == FORMAT_DOCUMENT)
		return json_parse(json, len, ret, why);
	OWNED(arena_destroy) struct arena *mem = arena_create("read", READ_MEMORY);
	const struct document_text *document;
	TRY(document_read(json, len, mem, &document, why));
	OWNED(json_release) json_t *prediction = NULL;
	TRY(model_predict(r->model, json, len, &prediction, why));
	const struct result_parts parts = {.file_name = path,
	                                   .document = document,
	                                   .prediction = prediction,
	                                   .queue_ms = -1,
	                                   .parse_ms = read_ms - begun,
	                                   .infer_ms = clock_steady_ms() - read_ms,
	                                   .used = {.cpu_ms = parsed.cpu_ms},
	                                   .peak_rss_kib = parsed.peak_rss_kib};
	return result_compose(&parts, ret, why);
}

/* ---- for people ---- */

static void
print_field(const char *name, const json_t *field)
{
	const json_t *normalized = json_object_get(field, "normalized");
	const char *amount = json_get_str(normalized, "amount"),
	           *currency = json_get_str(normalized, "currency");
	printf("  %-18s ", name);
	if (amount)
		printf("%s%s%s", amount, currency ? " " : "", currency ? currency : "");
	else if (json_is_string(normalized))
		printf("%s", json_string_value(normalized));
	else
		printf("%s", json_get_str(field, "value") ? json_get_str(field, "value") : "");
	printf("  (%.0f %%)\n", 100 * json_get_num(field, "confidence", 0));
}

static void
print_text(const char *path, const json_t *result)
{
	const json_t *type = json_object_get(result, "doc_type");
	printf("%s: %s (%.0f %%)\n", path, json_get_str(type, "value"),
	       100 * json_get_num(type, "confidence", 0));
	const char *name;
	json_t *field;
	json_object_foreach(json_object_get(result, "fields"), name, field) print_field(name, field);
	const json_t *reasons = json_object_get(json_object_get(result, "review"), "reasons");
	for (size_t i = 0; i < json_array_size(reasons); i++)
		printf("%s%s", i ? ", " : "  look again: ", json_string_value(json_array_get(reasons, i)));
	printf("%s\n%s\n", json_array_size(reasons) ? "\n" : "", json_get_str(result, "text"));
}

static void
print_json(const char *path, json_t *object)
{
	OWNED(mem_free) char *text = NULL;
	json_object_set_new(object, "file", json_string(path) ? json_string(path) : json_string("?"));
	text = json_text(object, NULL);
	printf("%s\n", text);
}

static void
print_failure(const struct reader *r, const char *path, enum err e, const struct why *why)
{
	fprintf(stderr, "docket: %s: %s %s (%s: %s)\n", path, err_text(e), err_advice(e), err_code(e),
	        why->text);
	if (r->format == FORMAT_TEXT)
		return;
	OWNED(json_release)
	json_t *o = json_pack("{s:{s:s, s:s, s:s, s:s}}", "error", "code", err_code(e), "title", err_text(e),
	                      "detail", why->text, "advice", err_advice(e));
	if (o)
		print_json(path, o);
}

static int
read_all(const struct reader *r, char **paths, int n)
{
	int status = EXIT_SUCCESS;
	for (int i = 0; i < n; i++) {
		struct why why = {""};
		OWNED(json_release) json_t *result = NULL;
		enum err e = read_document(r, paths[i], &result, &why);
		if (e != ERR_NONE) {
			print_failure(r, paths[i], e, &why);
			status = EXIT_FAILURE;
		} else if (r->format != FORMAT_TEXT) {
			print_json(paths[i], result);
		} else {
			print_text(paths[i], result);
		}
		fflush(stdout);
	}
	return status;
}

static enum err
prepare(struct reader *r, int n_files, struct why *why)
{
	const struct settings *s = r->settings;
	char models[PLACE_MAX];
	place_models(s, models);
	struct parser_options p = place_parsers(s);
	p.warm = n_files > 1 ? 2 : 1;
	TRY(parser_pool_start(&p, &r->parsers, why));
	if (r->format == FORMAT_DOCUMENT)
		return ERR_NONE;
	return model_load(models, s->inference_model, &r->model, why);
}

static int
run(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    {"format", 'f', "text|json|document", 0,
	     "How to print: for people, or one JSON object a line: the result, or what the parser read", 0},
	    {0}};
	struct reader r = {.format = FORMAT_TEXT};
	const struct command_syntax syntax = {
	    .args = "FILE...",
	    .doc = "Read papers and print what they say. \"-\" is standard input.",
	    .options = options,
	    .parser = on_option,
	    .own = &r,
	    .min_args = 1,
	    .max_args = 100000};
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	r.settings = &inv.settings;
	struct why why = {""};
	enum err e = prepare(&r, inv.n_args, &why);
	status = e == ERR_NONE ? read_all(&r, inv.args, inv.n_args) : command_failed(e, &why);
	parser_pool_stop(&r.parsers);
	model_free(&r.model);
	return status;
}

const struct command command_read = {"read", "read papers without a server", run};
