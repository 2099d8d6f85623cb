/* docket-pages [--engine NAME] [--languages LIST] FILE...: what docket-parse makes of files, without its
 * sandbox and one after another in one process; for measuring (bench/accuracy), never for strangers' papers.
 *
 * A line of JSON for each file, in their order:
 *	{"file": "a.jpg", "cpu_ms": 91, "document": {docket.document/1}}
 *	{"file": "b.jpg", "cpu_ms": 1, "error": "corrupt_file", "detail": "..."}
 */
#include "clock.h"
#include "fdio.h"
#include "format.h"
#include "ocr.h"
#include "page_read.h"

#include <argp.h>
#include <fcntl.h>
#include <leptonica/allheaders.h>

#define FILE_MAX (256 * MIB)

struct options {
	struct ocr_options ocr;
	char **files;
};

struct paper {
	const struct format *format;
	void *doc;
};

static void
paper_close(struct paper *p)
{
	if (p->doc)
		p->format->close(p->doc);
}

static enum err
read_paper(struct ocr *ocr, const uint8_t *data, size_t n, struct arena *mem, struct buf *json,
           struct why *why)
{
	OWNED(paper_close) struct paper paper = {0};
	struct limits limits = {.max_pixels = 60000000,
	                        .max_unpacked = (int64_t)GIB,
	                        .max_pages = 100,
	                        .max_entries = 10000,
	                        .max_ratio = 1000,
	                        .max_nesting = 100,
	                        .max_attachments = 100};
	struct document_text d = {.engine = ocr_name(ocr), .engine_version = ocr_version(ocr)};
	struct page *pages;
	int32_t n_pages = 0;
	TRY(format_of(data, n, &paper.format, why));
	TRY(paper.format->open(data, n, &limits, &paper.doc, &n_pages, why));
	ARENA_TRY(pages, arena_array(mem, (size_t)n_pages, sizeof *pages), mem, why);
	for (int32_t i = 0; i < n_pages; i++) {
		struct format_page fp = {0};
		TRY(paper.format->page(paper.doc, i, &limits, mem, &fp, why));
		enum err e = page_read(ocr, &fp, 0, mem, &pages[i], why);
		pages[i].number = i + 1;
		pixDestroy(&fp.pix);
		TRY(e);
	}
	d.media_type = paper.format->media_type;
	d.pages = pages;
	d.n_pages = (size_t)n_pages;
	document_write(json, &d);
	return json->full ? fail(why, ERR_TOO_BIG, "the text is over %zu MiB", DOCUMENT_MAX_JSON / MIB)
	                  : ERR_NONE;
}

static enum err
read_file(struct ocr *ocr, const char *path, struct buf *json, struct why *why)
{
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED(mem_free) char *data = NULL;
	OWNED(arena_destroy) struct arena *mem = arena_create("paper", 512 * MIB);
	size_t n = 0;
	if (fd < 0)
		return fail_errno(why, ERR_ABSENT, "open");
	TRY(fd_read_file(fd, FILE_MAX, &data, &n, why));
	return read_paper(ocr, (const uint8_t *)data, n, mem, json, why);
}

static void
report(struct ocr *ocr, const char *path)
{
	OWNED(buf_free) struct buf json = buf_init(DOCUMENT_MAX_JSON);
	OWNED(buf_free) struct buf line = buf_init(DOCUMENT_MAX_JSON + MIB);
	struct why why = {""};
	int64_t begun = clock_cpu_ms();
	enum err e = read_file(ocr, path, &json, &why);
	buf_puts(&line, "{\"file\":");
	buf_json_string(&line, path, strlen(path));
	buf_printf(&line, ",\"cpu_ms\":%lld,", (long long)(clock_cpu_ms() - begun));
	if (e == ERR_NONE) {
		buf_puts(&line, "\"document\":");
		buf_put(&line, json.data, json.len);
	} else {
		buf_printf(&line, "\"error\":\"%s\",\"detail\":", err_code(e));
		buf_json_string(&line, why.text, strlen(why.text));
	}
	buf_puts(&line, "}\n");
	fwrite(line.data, 1, line.len, stdout);
	fflush(stdout);
}

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'e':
		o->ocr.engine = arg;
		return 0;
	case 'l':
		o->ocr.languages = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int
main(int argc, char **argv)
{
	static const struct argp_option options[] = {
	    {"engine", 'e', "NAME", 0, "docket (the default) or tesseract", 0},
	    {"languages", 'l', "LIST", 0, "as Tesseract names them; eng+rus by default", 0},
	    {0}};
	struct options o = {.ocr = {.engine = "docket", .languages = "eng+rus"}};
	const struct argp syntax = {.options = options,
	                            .parser = on_option,
	                            .args_doc = "FILE...",
	                            .doc = "Reads files as docket-parse would, without its sandbox."};
	if (argp_parse(&syntax, argc, argv, 0, NULL, &o) != 0)
		return 2;
	setMsgSeverity(L_SEVERITY_NONE);
	OWNED(ocr_close) struct ocr *ocr = NULL;
	struct why why = {""};
	if (ocr_open(&o.ocr, &ocr, &why) != ERR_NONE) {
		fprintf(stderr, "docket-pages: %s\n", why.text);
		return 1;
	}
	for (char **file = o.files; *file; file++)
		report(ocr, *file);
	return 0;
}
