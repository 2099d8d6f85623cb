/* Any bytes, opened by one format: the code that meets strangers' documents, as it runs in docket-parse,
 * under small ceilings. A fuzzer is built for each (FORMAT="jpeg"); what replays their seeds finds its name
 * in the environment. */
#include "flow.h"
#include "format.h"

#include <leptonica/allheaders.h>
#include <libheif/heif.h>
#include <libxml/parser.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct {
	const char *name;
	const struct format *format;
} formats[] = {
    {"jpeg", &format_jpeg}, {"png", &format_png}, {"webp", &format_webp}, {"tiff", &format_tiff},
    {"gif", &format_gif},   {"bmp", &format_bmp}, {"heif", &format_heif}, {"pdf", &format_pdf},
    {"docx", &format_docx}, {"odt", &format_odt}, {"text", &format_text}, {"html", &format_html},
    {"eml", &format_eml},
};

static const struct format *fuzzed;

static void
prepare(void)
{
	struct why why = {""};
	if (fuzzed)
		return;
#ifdef FORMAT
	const char *name = FORMAT;
#else
	const char *name = getenv("FORMAT");
#endif
	for (size_t i = 0; name && i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			fuzzed = formats[i].format;
	if (!fuzzed)
		BUG("no such format: %s", name ? name : "(none)");
	setMsgSeverity(L_SEVERITY_NONE);
	xmlInitParser();
	heif_init(NULL);
	if (flow_fonts_load(&why) != ERR_NONE)
		BUG("%s", why.text);
}

/* Reads all that the page says, so that a sanitizer sees whether it is there. */
static size_t
look_at(const struct format_page *p)
{
	size_t n = 0;
	for (size_t i = 0; p->has_text && i < p->text.n_words; i++)
		n += strlen(p->text.words[i].text);
	for (size_t i = 0; p->has_text && i < p->text.n_lines; i++) {
		if ((size_t)p->text.lines[i].first + p->text.lines[i].n > p->text.n_words)
			BUG("a line beyond the words");
	}
	return n + (size_t)pixGetWidth(p->pix);
}

/* Text that brings no pages stands on pages of one size, whose drawing takes longer than all else together:
 * of eight documents one is drawn. */
static bool
is_drawn(size_t n)
{
	return !fuzzed->text_engine || fuzzed->needs_files || n % 8 == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	prepare();
	/* A PDF is drawn as large as it may be: small is quick. */
	struct limits l = {.max_pixels = fuzzed->needs_files ? 100000 : 3000000,
	                   .max_unpacked = 64 * (int64_t)MIB,
	                   .max_pages = 5,
	                   .max_entries = 50,
	                   .max_ratio = 200,
	                   .max_nesting = 100,
	                   .max_attachments = 10};
	struct why why = {""};
	void *doc = NULL;
	int32_t pages = 0;
	size_t seen = 0;
	if (fuzzed->open(data, n, &l, &doc, &pages, &why) != ERR_NONE)
		return 0;
	if (pages < 1 || pages > l.max_pages)
		BUG("%d pages", pages);
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 64 * MIB);
	for (int32_t i = 0; is_drawn(n) && i < pages && i < 3; i++) {
		struct format_page page = {0};
		if (fuzzed->page(doc, i, &l, mem, &page, &why) != ERR_NONE)
			break;
		seen += look_at(&page);
		pixDestroy(&page.pix);
	}
	const struct format_attachment *list = NULL;
	size_t n_list = fuzzed->attachments ? fuzzed->attachments(doc, &list) : 0;
	for (size_t i = 0; i < n_list; i++)
		seen += strlen(list[i].name) + list[i].data[list[i].n - 1];
	fuzzed->close(doc);
	if (seen == SIZE_MAX)
		BUG("more than there can be");
	return 0;
}
