/* Tesseract 5 behind ocr.h, by its C API. One handle per language and one for all of them together:
 * reading a page with the one language it is in is faster and better than with both. Its library brings
 * thirty others, which whoever reads with our own reader would load and relocate for each document: it is
 * loaded when it is asked for, before the sandbox closes. */
#include "ocr.h"

#include "clock.h"

#include <dlfcn.h>
#include <tesseract/capi.h>
#include <utf8proc.h>

#define LIBRARY "libtesseract.so.5"
#define CALLS(X)                              \
	X(BaseAPIClear)                       \
	X(BaseAPICreate)                      \
	X(BaseAPIDelete)                      \
	X(BaseAPIGetIterator)                 \
	X(BaseAPIInit2)                       \
	X(BaseAPIRecognize)                   \
	X(BaseAPISetImage)                    \
	X(BaseAPISetPageSegMode)              \
	X(BaseAPISetSourceResolution)         \
	X(BaseAPISetVariable)                 \
	X(DeleteText)                         \
	X(MonitorCreate)                      \
	X(MonitorDelete)                      \
	X(MonitorSetCancelFunc)               \
	X(MonitorSetCancelThis)               \
	X(PageIteratorBoundingBox)            \
	X(PageIteratorIsAtBeginningOf)        \
	X(ResultIteratorConfidence)           \
	X(ResultIteratorDelete)               \
	X(ResultIteratorGetPageIteratorConst) \
	X(ResultIteratorGetUTF8Text)          \
	X(ResultIteratorNext)                 \
	X(Version)

static struct {
#define MEMBER(name) __typeof__(Tess##name) *(name);
	CALLS(MEMBER)
#undef MEMBER
} tess;

static enum err
load(struct why *why)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fail(why, ERR_BROKEN, "Tesseract: %s", dlerror());
#define FIND(name)                                                  \
	if (!(*(void **)&tess.name = dlsym(library, "Tess" #name))) \
		return fail(why, ERR_BROKEN, LIBRARY " has no Tess" #name);
	CALLS(FIND)
#undef FIND
	return ERR_NONE;
}

#define LANGUAGES_MAX 8

struct reader {
	char *languages; /* "rus", or "eng+rus" */
	TessBaseAPI *api;
};
struct tesseract {
	struct reader readers[LANGUAGES_MAX + 1]; /* [0] is all of them */
	size_t n;
};

static void
tesseract_close(void *engine)
{
	struct tesseract *t = engine;
	for (size_t i = 0; i < t->n; i++) {
		tess.BaseAPIDelete(t->readers[i].api);
		free(t->readers[i].languages);
	}
	free(t);
}

static enum err
add_reader(struct tesseract *t, const struct ocr_options *o, const char *languages, size_t len,
           struct why *why)
{
	if (t->n == ARRAY_LEN(t->readers))
		return fail(why, ERR_INVALID, "more than %d languages", LANGUAGES_MAX);
	struct reader *r = &t->readers[t->n];
	r->languages = strndup(languages, len);
	r->api = tess.BaseAPICreate();
	if (!r->languages || !r->api)
		BUG("no memory for Tesseract");
	t->n++;
	if (tess.BaseAPIInit2(r->api, o->models, r->languages, OEM_LSTM_ONLY) != 0)
		return fail(why, ERR_BROKEN, "Tesseract has no model for \"%s\": is its package installed?",
		            r->languages);
	/* Dark on light is our job, and tables' rules are not text. */
	tess.BaseAPISetVariable(r->api, "tessedit_do_invert", "0");
	return ERR_NONE;
}

static enum err
tesseract_open(const struct ocr_options *o, void **ret, struct why *why)
{
	TRY(load(why));
	struct tesseract *t = calloc(1, sizeof *t);
	if (!t)
		BUG("no memory for Tesseract");
	enum err e = add_reader(t, o, o->languages, strlen(o->languages), why);
	for (const char *p = o->languages; e == ERR_NONE && strchr(o->languages, '+');) {
		size_t n = strcspn(p, "+");
		e = add_reader(t, o, p, n, why);
		if (!p[n])
			break;
		p += n + 1;
	}
	if (e != ERR_NONE) {
		tesseract_close(t);
		return e;
	}
	*ret = t;
	return ERR_NONE;
}

static const char *
tesseract_version(void *engine)
{
	(void)engine;
	return tess.Version();
}

static TessBaseAPI *
reader_for(const struct tesseract *t, const char *languages)
{
	for (size_t i = 0; languages && i < t->n; i++) {
		if (strcmp(t->readers[i].languages, languages) == 0)
			return t->readers[i].api;
	}
	return t->readers[0].api;
}

/* Growing arrays of a page being read; copied to the arena at the end. */
struct gather {
	struct ocr_word *words;
	struct span *lines, *blocks;
	size_t n_words, cap_words, n_lines, cap_lines, n_blocks, cap_blocks;
};

static void
gather_free(struct gather *g)
{
	free(g->words);
	free(g->lines);
	free(g->blocks);
}

static void
reserve(void *array, size_t n, size_t *cap, size_t size)
{
	void **p = array;
	if (n < *cap)
		return;
	*cap = *cap ? *cap * 2 : 64;
	*p = realloc(*p, *cap * size);
	if (!*p)
		BUG("no memory for the words of a page");
}

/* One token in NFC, without spaces and controls; NULL when nothing is left. */
static char *
clean(struct arena *mem, const char *raw)
{
	OWNED(mem_free) utf8proc_uint8_t *nfc = utf8proc_NFC((const utf8proc_uint8_t *)raw);
	if (!nfc)
		return NULL;
	size_t len = strlen((const char *)nfc), n = 0;
	char *out = arena_alloc(mem, len + 1);
	if (!out)
		return NULL;
	for (const utf8proc_uint8_t *p = nfc; *p;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t step = utf8proc_iterate(p, -1, &c);
		if (step <= 0)
			break;
		utf8proc_category_t kind = utf8proc_category(c);
		if (kind != UTF8PROC_CATEGORY_ZS && kind != UTF8PROC_CATEGORY_ZL &&
		    kind != UTF8PROC_CATEGORY_ZP && kind != UTF8PROC_CATEGORY_CC) {
			memcpy(out + n, p, (size_t)step);
			n += (size_t)step;
		}
		p += step;
	}
	out[n] = '\0';
	return n > 0 && n <= DOCUMENT_MAX_WORD_LEN ? out : NULL;
}

static void
take_word(struct gather *g, TessResultIterator *it, struct arena *mem)
{
	const TessPageIterator *at = tess.ResultIteratorGetPageIteratorConst(it);
	char *raw = tess.ResultIteratorGetUTF8Text(it, RIL_WORD);
	char *text = raw ? clean(mem, raw) : NULL;
	tess.DeleteText(raw);
	/* A new line or block begins even where its first word turns out to be empty. */
	if (tess.PageIteratorIsAtBeginningOf(at, RIL_BLOCK) || g->n_blocks == 0) {
		reserve(&g->blocks, g->n_blocks, &g->cap_blocks, sizeof *g->blocks);
		g->blocks[g->n_blocks++] = (struct span){(uint32_t)g->n_lines, 0};
	}
	if (tess.PageIteratorIsAtBeginningOf(at, RIL_TEXTLINE) || g->blocks[g->n_blocks - 1].n == 0) {
		reserve(&g->lines, g->n_lines, &g->cap_lines, sizeof *g->lines);
		g->lines[g->n_lines++] = (struct span){(uint32_t)g->n_words, 0};
		g->blocks[g->n_blocks - 1].n++;
	}
	struct ocr_word w = {.text = text, .confidence = tess.ResultIteratorConfidence(it, RIL_WORD) / 100};
	if (!text || !tess.PageIteratorBoundingBox(at, RIL_WORD, &w.x0, &w.y0, &w.x1, &w.y1))
		return;
	w.confidence = w.confidence > 0 ? (w.confidence < 1 ? w.confidence : 1) : 0;
	reserve(&g->words, g->n_words, &g->cap_words, sizeof *g->words);
	g->words[g->n_words++] = w;
	g->lines[g->n_lines - 1].n++;
}

/* Lines and blocks that came out empty go. */
static void
drop_empty(struct gather *g)
{
	size_t lines = 0, blocks = 0;
	for (size_t b = 0; b < g->n_blocks; b++) {
		struct span kept = {(uint32_t)lines, 0};
		for (uint32_t l = g->blocks[b].first; l < g->blocks[b].first + g->blocks[b].n; l++) {
			if (g->lines[l].n > 0) {
				g->lines[lines++] = g->lines[l];
				kept.n++;
			}
		}
		if (kept.n > 0)
			g->blocks[blocks++] = kept;
	}
	g->n_lines = lines;
	g->n_blocks = blocks;
}

static enum err
copy(struct arena *mem, const void *from, size_t n, size_t size, void *ret, struct why *why)
{
	void *p;
	ARENA_TRY(p, arena_array(mem, n, size), mem, why);
	if (n)
		memcpy(p, from, n * size);
	*(void **)ret = p;
	return ERR_NONE;
}

static bool
past_deadline(void *arg, int words)
{
	(void)words;
	const int64_t *deadline = arg;
	return *deadline && clock_steady_ms() >= *deadline;
}

static enum err
recognize(TessBaseAPI *api, int64_t deadline_ms, struct why *why)
{
	ETEXT_DESC *monitor = tess.MonitorCreate();
	tess.MonitorSetCancelFunc(monitor, past_deadline);
	tess.MonitorSetCancelThis(monitor, &deadline_ms);
	int bad = tess.BaseAPIRecognize(api, monitor);
	tess.MonitorDelete(monitor);
	if (past_deadline(&deadline_ms, 0))
		return fail(why, ERR_PARSER_TIMEOUT, "the page's time is over");
	/* Tesseract also says no to a page on which it finds nothing at all. */
	(void)bad;
	return ERR_NONE;
}

static enum err
tesseract_read(void *engine, const struct ocr_image *image, const struct ocr_request *request,
               struct arena *mem, struct ocr_text *ret, struct why *why)
{
	static const TessPageSegMode modes[] = {
	    [OCR_PAGE] = PSM_AUTO, [OCR_BLOCK] = PSM_SINGLE_BLOCK, [OCR_LINE] = PSM_SINGLE_LINE};
	*ret = (struct ocr_text){0};
	if (image->width < 3 || image->height < 3)
		return ERR_NONE;
	TessBaseAPI *api = reader_for(engine, request->languages);
	tess.BaseAPISetPageSegMode(api, modes[request->layout]);
	tess.BaseAPISetImage(api, image->pixels, image->width, image->height, 1, (int)image->stride);
	tess.BaseAPISetSourceResolution(api, image->dpi >= 70 && image->dpi <= 2400 ? image->dpi : 300);
	enum err e = recognize(api, request->deadline_ms, why);
	TessResultIterator *it = e == ERR_NONE ? tess.BaseAPIGetIterator(api) : NULL;
	OWNED(gather_free) struct gather g = {0};
	if (it) {
		do
			take_word(&g, it, mem);
		while (g.n_words < DOCUMENT_MAX_WORDS && tess.ResultIteratorNext(it, RIL_WORD));
		tess.ResultIteratorDelete(it);
	}
	tess.BaseAPIClear(api);
	TRY(e);
	drop_empty(&g);
	TRY(copy(mem, g.words, g.n_words, sizeof *g.words, &ret->words, why));
	TRY(copy(mem, g.lines, g.n_lines, sizeof *g.lines, &ret->lines, why));
	TRY(copy(mem, g.blocks, g.n_blocks, sizeof *g.blocks, &ret->blocks, why));
	ret->n_words = g.n_words;
	ret->n_lines = g.n_lines;
	ret->n_blocks = g.n_blocks;
	return ERR_NONE;
}

const struct ocr_driver ocr_tesseract = {
    .name = "tesseract",
    .open = tesseract_open,
    .close = tesseract_close,
    .version = tesseract_version,
    .read = tesseract_read,
};
