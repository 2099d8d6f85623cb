/* docket-parse: bears parsers, of which each reads one document inside a sandbox, says what it holds, and
 * ends.
 *
 * Started by the pool (nursery.c) with a SOCK_SEQPACKET socket on descriptor 3. Order matters: everything
 * that needs files is loaded first; a parser is born (birth.c), closes its sandbox and says READY; and only
 * then do bytes of a document arrive, on a socket of its own. */
#include "birth.h"
#include "clock.h"
#include "fdio.h"
#include "flow.h"
#include "format.h"
#include "memory_watch.h"
#include "ocr.h"
#include "page_picture.h"
#include "page_read.h"
#include "page_steps.h"
#include "page_team.h"
#include "sandbox.h"
#include "wire.h"

#include <argp.h>
#include <cairo.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <leptonica/allheaders.h>
#include <libheif/heif.h>
#include <libxml/parser.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define SOCKET          3
#define DOCUMENT_MAX    (4 * GIB)
#define DOCUMENT_MEMORY (512 * MIB) /* of what its pages say */
#define WARNINGS_MAX    32
#define LANGUAGES_MAX   8

struct options {
	const char *languages, *engine, *models, *trespass;
	int64_t parent;
};

/* ---- talking to the pool ---- */

static enum err
send_bytes(enum wire_type type, struct wire_message *m, const char *name, const void *p, size_t n,
           struct why *why)
{
	OWNED(fd_close) int fd = -1;
	TRY(fd_from_bytes(name, p, n, &fd, why));
	m->type = type;
	m->fd = fd;
	return wire_send(SOCKET, m, why);
}

static enum err
send_progress(int32_t done, int32_t total, struct why *why)
{
	const struct wire_message m = {
	    .type = WIRE_PARSE_PROGRESS, .fd = -1, .parse_progress = {(uint32_t)done, (uint32_t)total}};
	return wire_send(SOCKET, &m, why);
}

static void
send_failure(enum err e, const struct why *reason)
{
	struct wire_message m = {.type = WIRE_PARSE_FAILED, .fd = -1};
	struct why why;
	if (memory_was_refused() && (e == ERR_CORRUPT_FILE || e == ERR_BROKEN || e == ERR_TOO_BIG))
		e = ERR_PARSER_MEMORY;
	snprintf(m.parse_failed.code, sizeof m.parse_failed.code, "%s", err_code(e));
	snprintf(m.parse_failed.detail, sizeof m.parse_failed.detail, "%.*s",
	         (int)sizeof m.parse_failed.detail - 1, reason->text);
	(void)!wire_send(SOCKET, &m, &why); /* if nobody listens, nobody is told */
}

/* ---- the document ---- */

/* A page on its way: what it is read into, and what is let go of when it has been told. */
struct sheet {
	struct format_page fp;
	struct arena *mem; /* as long as the document: its words are here */
	struct picture picture, thumbnail;
	int64_t begun, cpu;
};

struct job {
	const struct wire_parse_request *request;
	const struct format *format;
	void *doc;
	int32_t n_pages;
	struct limits limits;
	struct ocr *ocr;
	struct page_team *team;
	struct arena *mem;
	struct page *pages;
	struct sheet *sheets;
	size_t kept; /* bytes of the pages that have been told */
	const char *warnings[WARNINGS_MAX];
	size_t n_warnings;
};

static void
sheet_clear(struct sheet *s)
{
	pixDestroy(&s->fp.pix);
	mem_free(&s->picture.webp);
	mem_free(&s->thumbnail.webp);
}

static void
job_close(struct job *j)
{
	for (int32_t i = 0; j->sheets && i < j->n_pages; i++) {
		sheet_clear(&j->sheets[i]);
		arena_destroy(&j->sheets[i].mem);
	}
	if (j->doc)
		j->format->close(j->doc);
	arena_destroy(&j->mem);
}

static void
add_warning(struct job *j, const char *w)
{
	for (size_t i = 0; i < j->n_warnings; i++) {
		if (strcmp(j->warnings[i], w) == 0)
			return;
	}
	if (j->n_warnings < WARNINGS_MAX)
		j->warnings[j->n_warnings++] = w;
}

static enum err
open_page(void *arg, int32_t i, int64_t *ret_pixels, struct why *why)
{
	struct job *j = arg;
	struct sheet *s = &j->sheets[i];
	s->begun = clock_steady_ms();
	s->cpu = clock_thread_cpu_ms();
	s->mem = arena_create("page", DOCUMENT_MEMORY);
	TRY(j->format->page(j->doc, i, &j->limits, s->mem, &s->fp, why));
	j->pages[i].decode_ms = clock_steady_ms() - s->begun;
	*ret_pixels = (int64_t)pixGetWidth(s->fp.pix) * pixGetHeight(s->fp.pix);
	return ERR_NONE;
}

static enum err
read_page(void *arg, int32_t i, struct why *why)
{
	struct job *j = arg;
	struct sheet *s = &j->sheets[i];
	struct page *page = &j->pages[i];
	int64_t decode_ms = page->decode_ms;
	TRY(page_read(j->ocr, &s->fp, s->begun + j->request->page_time_ms, s->mem, page, why));
	page->number = i + 1;
	page->decode_ms = decode_ms;
	if (j->request->pictures)
		TRY(page_pictures(s->fp.pix, &s->picture, &s->thumbnail, why));
	pixDestroy(&s->fp.pix);
	page->cpu_ms = clock_thread_cpu_ms() - s->cpu;
	return ERR_NONE;
}

static enum err
send_picture(const struct picture *p, int32_t page, bool thumbnail, struct why *why)
{
	struct wire_message m = {.parse_picture = {(uint32_t)page, (uint32_t)p->width, (uint32_t)p->height,
	                                           thumbnail, (uint64_t)p->n}};
	return send_bytes(WIRE_PARSE_PICTURE, &m, "page-picture", p->webp, p->n, why);
}

static enum err
tell_page(void *arg, int32_t i, struct why *why)
{
	struct job *j = arg;
	struct sheet *s = &j->sheets[i];
	for (size_t w = 0; w < j->pages[i].n_warnings; w++)
		add_warning(j, j->pages[i].warnings[w]);
	j->kept += arena_used(s->mem);
	if (j->kept > DOCUMENT_MEMORY)
		return fail(why, ERR_TOO_BIG, "the pages say more than %zu MiB hold", DOCUMENT_MEMORY / MIB);
	if (j->request->pictures) {
		TRY(send_picture(&s->picture, i + 1, false, why));
		TRY(send_picture(&s->thumbnail, i + 1, true, why));
	}
	sheet_clear(s);
	return send_progress(i + 1, j->n_pages, why);
}

static enum text_source
source_of(const struct job *j)
{
	int32_t layers = 0;
	for (int32_t i = 0; i < j->n_pages; i++)
		layers += j->pages[i].source == SOURCE_TEXT_LAYER;
	return layers == 0 ? SOURCE_OCR : layers == j->n_pages ? SOURCE_TEXT_LAYER : SOURCE_MIXED;
}

/* The languages of all pages, those of the first pages first. */
static size_t
language_list(const struct job *j, const char *ret[static LANGUAGES_MAX])
{
	size_t n = 0;
	for (int32_t i = 0; i < j->n_pages; i++) {
		for (size_t k = 0; k < j->pages[i].n_languages; k++) {
			const char *name = j->pages[i].languages[k];
			size_t at = 0;
			while (at < n && strcmp(ret[at], name) != 0)
				at++;
			if (at == n && n < LANGUAGES_MAX)
				ret[n++] = name;
		}
	}
	return n;
}

static enum err
send_document(struct job *j, struct why *why)
{
	OWNED(buf_free) struct buf json = buf_init(DOCUMENT_MAX_JSON);
	const char *list[LANGUAGES_MAX];
	size_t n_list = language_list(j, list);
	size_t words = 0;
	for (int32_t i = 0; i < j->n_pages; i++)
		words += j->pages[i].n_words;
	if (words > DOCUMENT_MAX_WORDS)
		return fail(why, ERR_TOO_BIG, "%zu words, limit %d", words, DOCUMENT_MAX_WORDS);
	enum text_source source = source_of(j);
	const struct document_text d = {
	    .source = source,
	    .engine = source == SOURCE_TEXT_LAYER ? j->format->text_engine : ocr_name(j->ocr),
	    .engine_version = source == SOURCE_TEXT_LAYER ? j->format->text_version : ocr_version(j->ocr),
	    .media_type = j->format->media_type,
	    .languages = list,
	    .n_languages = n_list,
	    .warnings = j->warnings,
	    .n_warnings = j->n_warnings,
	    .pages = j->pages,
	    .n_pages = (size_t)j->n_pages,
	};
	document_write(&json, &d);
	if (json.full)
		return fail(why, ERR_TOO_BIG, "the text is over %zu MiB", DOCUMENT_MAX_JSON / MIB);
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	struct wire_message m = {
	    .parse_done = {json.len, (uint32_t)clock_cpu_ms(), (uint32_t)used.ru_maxrss}};
	return send_bytes(WIRE_PARSE_DONE, &m, "document", json.data, json.len, why);
}

static enum err
send_attachments(struct job *j, struct why *why)
{
	const struct format_attachment *list = NULL;
	size_t n = j->format->attachments ? j->format->attachments(j->doc, &list) : 0;
	for (size_t i = 0; i < n; i++) {
		struct wire_message m = {.parse_attachment = {.size = list[i].n}};
		/* Cut between letters. */
		size_t len = strlen(list[i].name), most = sizeof m.parse_attachment.name - 1;
		for (len = len < most ? len : most; len > 0 && (list[i].name[len] & 0xC0) == 0x80; len--)
			;
		memcpy(m.parse_attachment.name, list[i].name, len);
		TRY(send_bytes(WIRE_PARSE_ATTACHMENT, &m, "attachment", list[i].data, list[i].n, why));
	}
	return ERR_NONE;
}

static enum err
parse(const struct wire_parse_request *q, const uint8_t *data, struct ocr *ocr, struct page_team *team,
      struct why *why)
{
	OWNED(job_close)
	struct job j = {
	    .request = q,
	    .ocr = ocr,
	    .team = team,
	    .limits = {.max_pixels = (int64_t)q->max_megapixels * 1000000,
	               .max_unpacked = (int64_t)q->max_unpacked,
	               .max_pages = (int32_t)q->max_pages,
	               .max_entries = (int32_t)q->max_entries,
	               .max_ratio = (int32_t)q->max_ratio,
	               .max_nesting = (int32_t)q->max_nesting,
	               .max_attachments = (int32_t)q->max_attachments},
	    .mem = arena_create("document", DOCUMENT_MEMORY),
	};
	uint32_t bits;
	TRY(format_of(data, q->size, &j.format, why));
	if (!j.format->needs_files)
		TRY(sandbox_close(SANDBOX_STRICT, NULL, &bits, why));
	TRY(j.format->open(data, q->size, &j.limits, &j.doc, &j.n_pages, why));
	ARENA_TRY(j.pages, arena_array(j.mem, (size_t)j.n_pages, sizeof *j.pages), j.mem, why);
	ARENA_TRY(j.sheets, arena_array(j.mem, (size_t)j.n_pages, sizeof *j.sheets), j.mem, why);
	TRY(send_progress(0, j.n_pages, why));
	const struct page_work work = {&j, j.n_pages, open_page, read_page, tell_page};
	TRY(page_team_run(j.team, &work, ocr_reads_many(ocr) ? (int32_t)q->at_once : 1, why));
	TRY(send_attachments(&j, why));
	return send_document(&j, why);
}

/* One request. Its bytes are read whole: a file that shrank under a map would be a crash. */
static enum err
serve(struct ocr *ocr, struct page_team *team, struct why *why)
{
	struct wire_message m;
	TRY(wire_receive(SOCKET, -1, &m, why));
	OWNED(fd_close) int fd = m.fd;
	if (m.type != WIRE_PARSE_REQUEST)
		return fail(why, ERR_BROKEN, "%s out of turn", wire_name(m.type));
	size_t n = m.parse_request.size;
	if (n == 0)
		return fail(why, ERR_EMPTY_FILE, "no bytes");
	OWNED(mem_free) uint8_t *data = n <= DOCUMENT_MAX ? malloc(n) : NULL;
	if (!data)
		return fail(why, ERR_PARSER_MEMORY, "no memory for a document of %zu bytes", n);
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, data + at, n - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(why, ERR_BROKEN, "the document ends after %zu of %zu bytes", at, n);
		at += (size_t)got;
	}
	fd_close(&fd);
	return parse(&m.parse_request, data, ocr, team, why);
}

/* ---- starting ---- */

/* Fonts are found, and a line is drawn with one, so that every lazy initialiser has run. */
static enum err
warm_up_drawing(struct why *why)
{
	TRY(flow_fonts_load(why));
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_A8, 40, 20);
	cairo_t *cr = cairo_create(s);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_move_to(cr, 2, 15);
	cairo_show_text(cr, "Ag");
	cairo_destroy(cr);
	cairo_surface_destroy(s);
	return ERR_NONE;
}

static enum err
warm_up_decoders(struct why *why)
{
	xmlInitParser();
	TRY(page_codes_load(why));
	/* What is filled into a PDF's form comes through it. Left open, so that its module stays loaded:
	 * inside the sandbox it could not be loaded again. */
	if (iconv_open("UTF-8", "UTF-16BE") == (iconv_t)-1)
		return fail(why, ERR_BROKEN, "the C library cannot read UTF-16");
	struct heif_error e = heif_init(NULL);
	return e.code == heif_error_Ok ? ERR_NONE : fail(why, ERR_BROKEN, "libheif: %s", e.message);
}

struct helpers {
	int32_t n;
	struct page_team **team;
};

static enum err
start_helpers(void *arg, struct why *why)
{
	const struct helpers *h = arg;
	return page_team_start(h->n, h->team, why);
}

/* What all parsers share. */
static enum err
load(const struct options *o, struct ocr **ocr, struct why *why)
{
	struct wire_message m = {.type = WIRE_READY, .fd = -1};
	m.ready.sandbox = sandbox_renounce() ? SANDBOX_NO_NEW_PRIVS : 0;
	/* A heap for each thread sets 64 MiB of address space aside, which is what documents are held to. */
	mallopt(M_ARENA_MAX, 1);
	const struct ocr_options engine = {
	    .engine = o->engine, .languages = o->languages, .models = o->models};
	TRY(ocr_open(&engine, ocr, why));
	TRY(warm_up_drawing(why));
	TRY(warm_up_decoders(why));
	TRY(birth_prepare(why));
	return wire_send(SOCKET, &m, why);
}

static enum err
close_in(const struct options *o, const struct wire_bear *to_be, struct page_team **team, struct why *why)
{
	uint64_t fit = to_be->memory / (TEAM_PAGE * MIB);
	int32_t at_once = (int32_t)(to_be->threads < fit ? to_be->threads : fit);
	struct helpers helpers = {at_once > 1 ? at_once - 1 : 0, team};
	const struct sandbox_limits limits = {.memory = (int64_t)to_be->memory,
	                                      .cpu_s = (int64_t)to_be->cpu_s,
	                                      .file = 256 * MIB,
	                                      .models = o->models,
	                                      .threads = start_helpers,
	                                      .arg = &helpers};
	struct wire_message m = {.type = WIRE_READY, .fd = -1};
	TRY(sandbox_close(SANDBOX_READ, &limits, &m.ready.sandbox, why));
	return wire_send(SOCKET, &m, why);
}

/* A thread from before the sandbox closed, which waits and then does the forbidden thing. */
struct accomplice {
	pthread_t thread;
	sem_t go;
	const char *trespass;
};

static void *
trespass_then(void *arg)
{
	struct accomplice *a = arg;
	sem_wait(&a->go);
	sandbox_trespass(a->trespass);
	return NULL;
}

static enum err
start_accomplice(void *arg, struct why *why)
{
	struct accomplice *a = arg;
	sem_init(&a->go, 0, 0);
	int e = pthread_create(&a->thread, NULL, trespass_then, a);
	return e == 0 ? ERR_NONE : fail(why, ERR_BROKEN, "a thread: %s", strerror(e));
}

/* Closes the sandbox as for a picture, or with "pdf:" before the name as for a PDF, and does the forbidden
 * thing, with "thread:" before it from another thread. Ending at all is the failure. */
static int
self_test(const char *trespass)
{
	bool pdf = strncmp(trespass, "pdf:", 4) == 0, other = strncmp(trespass, "thread:", 7) == 0;
	struct accomplice accomplice = {.trespass = trespass += pdf ? 4 : other ? 7 : 0};
	const struct sandbox_limits limits = {.memory = 256 * MIB,
	                                      .cpu_s = 10,
	                                      .file = 1 * MIB,
	                                      .threads = other ? start_accomplice : NULL,
	                                      .arg = &accomplice};
	uint32_t bits = 0;
	struct why why;
	if (sandbox_close(SANDBOX_READ, &limits, &bits, &why) != ERR_NONE)
		return 3;
	if (strcmp(trespass, "open") == 0 || strcmp(trespass, "unlink") == 0) {
		/* A file outside models and fonts stays closed also where files may be opened. */
		if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
			return 4;
	}
	if (!pdf && sandbox_close(SANDBOX_STRICT, NULL, &bits, &why) != ERR_NONE)
		return 3;
	if (other) {
		sem_post(&accomplice.go);
		pthread_join(accomplice.thread, NULL);
		return 5;
	}
	sandbox_trespass(trespass);
	return 5;
}

enum { OPT_LANGUAGES = 1000, OPT_ENGINE, OPT_MODELS, OPT_PARENT, OPT_SELF_TEST };
static const struct argp_option options[] = {
    {"languages", OPT_LANGUAGES, "LIST", 0, "languages of the text, as Tesseract names them", 0},
    {"engine", OPT_ENGINE, "NAME", 0, "what reads pictures of text: tesseract or docket", 0},
    {"models", OPT_MODELS, "DIR", 0, "folder of the OCR models", 0},
    {"parent", OPT_PARENT, "PID", 0, "end with this process", 0},
    {"self-test", OPT_SELF_TEST, "NAME", 0, "close the sandbox and try to get out; must die", 0},
    {0}};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case OPT_LANGUAGES:
		o->languages = arg;
		return 0;
	case OPT_ENGINE:
		o->engine = arg;
		return 0;
	case OPT_MODELS:
		o->models = arg;
		return 0;
	case OPT_PARENT:
		o->parent = strtoll(arg, NULL, 10);
		return 0;
	case OPT_SELF_TEST:
		o->trespass = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int
main(int argc, char **argv)
{
	struct options o = {.languages = "eng"};
	const struct argp syntax = {
	    options, on_option, NULL, "Bears parsers of documents for who asks on descriptor 3.",
	    NULL,    NULL,      NULL};
	if (argp_parse(&syntax, argc, argv, 0, NULL, &o) != 0)
		return 2;
	if (o.trespass)
		return self_test(o.trespass);
	/* Nobody is left to answer when the pool's process dies. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != (pid_t)o.parent)
		return 2;
	setlocale(LC_ALL, "C");
	setMsgSeverity(L_SEVERITY_NONE);
	memory_watch_start();
	OWNED(ocr_close) struct ocr *ocr = NULL;
	struct page_team *team = NULL;
	struct why why = {""};
	enum err e = load(&o, &ocr, &why);
	if (e == ERR_NONE) {
		const struct wire_bear to_be = birth_await(SOCKET, (pid_t)o.parent);
		e = close_in(&o, &to_be, &team, &why);
	}
	if (e == ERR_NONE)
		e = serve(ocr, team, &why);
	if (e != ERR_NONE)
		send_failure(e, &why);
	_exit(0); /* what the libraries would tidy up dies with us */
}
