/* ODT: OpenDocument text. */
#include "flow_formats.h"
#include "flow_pictures.h"
#include "markup.h"
#include "zip_parts.h"

struct odt {
	struct flow *flow;
	int32_t hidden;
	int32_t texts; /* depth of paragraphs: what stands outside of them is no text */
	bool heading;
	bool bullet; /* the item of a list that has said nothing yet */
	/* of styles.xml only what stands in a page's header, or in its footer */
	const char *only;
	int32_t inside;
	struct picture_names *pictures; /* NULL: none are looked for */
};

static bool
is_hidden(const char *name)
{
	static const char *const names[] = {"tracked-changes", "annotation", "note-citation",
	                                    "sequence-decls",  "forms",      "script"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static int32_t
number(const char *const *attrs, const char *name, int32_t otherwise)
{
	const char *s = markup_attr(attrs, name);
	long v = s ? strtol(s, NULL, 10) : otherwise;
	return v < 1 || v > 1000 ? otherwise : (int32_t)v;
}

static enum err
on_open(void *arg, const char *name, const char *const *attrs, struct why *why)
{
	struct odt *o = arg;
	struct flow *f = o->flow;
	if (o->hidden > 0 || is_hidden(name)) {
		o->hidden++;
		return ERR_NONE;
	}
	if (o->only && (o->inside > 0 || strcmp(name, o->only) == 0))
		o->inside++;
	if (o->only && o->inside == 0)
		return ERR_NONE;
	if (strcmp(name, "image") == 0 && o->pictures) {
		const char *href = markup_attr(attrs, "href");
		picture_names_add(o->pictures, href && strncmp(href, "./", 2) == 0 ? href + 2 : href);
		return ERR_NONE;
	}
	if (strcmp(name, "p") == 0 || strcmp(name, "h") == 0) {
		o->texts++;
		TRY(flow_break(f, why));
		o->heading = name[0] == 'h';
		if (o->heading) {
			flow_bold(f, true);
			flow_heading(f, number(attrs, "outline-level", 3));
		}
		return ERR_NONE;
	}
	if (strcmp(name, "table") == 0)
		return flow_begin_table(f, why);
	if (strcmp(name, "table-row") == 0)
		return flow_row(f, why);
	if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0)
		return flow_cell(f, 1, why); /* what a cell covers is there as cells of its own */
	if (strcmp(name, "list-item") == 0) {
		o->bullet = true;
		return ERR_NONE;
	}
	if (strcmp(name, "line-break") == 0)
		return flow_break(f, why);
	if (strcmp(name, "soft-page-break") == 0)
		return ERR_NONE;
	if (strcmp(name, "s") == 0 || strcmp(name, "tab") == 0)
		return flow_text(f, " ", 1, why);
	return ERR_NONE;
}

static enum err
on_close(void *arg, const char *name, struct why *why)
{
	struct odt *o = arg;
	struct flow *f = o->flow;
	if (o->hidden > 0) {
		o->hidden--;
		return ERR_NONE;
	}
	if (o->only && o->inside == 0)
		return ERR_NONE;
	if (o->only)
		o->inside--;
	if (strcmp(name, "p") == 0 || strcmp(name, "h") == 0) {
		o->texts--;
		if (o->heading && name[0] == 'h') {
			flow_bold(f, false);
			o->heading = false;
		}
		return flow_end_paragraph(f, why);
	}
	if (strcmp(name, "table") == 0)
		return flow_end_table(f, why);
	if (strcmp(name, "table-row") == 0)
		return flow_end_row(f, why);
	return ERR_NONE;
}

static enum err
on_text(void *arg, const char *utf8, size_t n, struct why *why)
{
	struct odt *o = arg;
	if (o->hidden > 0 || o->texts < 1 || (o->only && o->inside == 0))
		return ERR_NONE;
	if (o->bullet)
		TRY(flow_text(o->flow, "\xE2\x80\xA2 ", 4, why));
	o->bullet = false;
	return flow_text(o->flow, utf8, n, why);
}

static enum err
walk(struct flow *f, const char *xml, size_t n, const char *only, struct picture_names *pictures,
     const struct limits *l, struct why *why)
{
	struct odt o = {.flow = f, .only = only, .pictures = pictures};
	const struct markup_events events = {&o, on_open, on_close, on_text, l->max_nesting};
	TRY(markup_walk_xml(xml, n, &events, why));
	return flow_end_paragraph(f, why);
}

/* A locked document is a whole archive whose parts are noise: its manifest says so. */
static enum err
check_locked(struct zip_parts *z, struct limits *l, struct why *why)
{
	OWNED(mem_free) char *manifest = NULL;
	size_t n = 0;
	struct why none;
	enum err e = zip_parts_read(z, "META-INF/manifest.xml", l, &manifest, &n, &none);
	if (e == ERR_NONE && memmem(manifest, n, "encryption-data", 15))
		return fail(why, ERR_ENCRYPTED, "the document wants a password");
	return ERR_NONE;
}

static enum err
odt_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	OWNED(flow_free) struct flow *f = flow_new();
	OWNED(zip_parts_close) struct zip_parts *z = NULL;
	OWNED(mem_free) char *content = NULL;
	OWNED(mem_free) char *styles = NULL;
	size_t n_content = 0, n_styles = 0;
	struct picture_names pictures = {.n = 0};
	struct why none;
	TRY(zip_parts_open(data, n, l, &z, why));
	TRY(check_locked(z, l, why));
	enum err e = zip_parts_read(z, "content.xml", l, &content, &n_content, why);
	if (e == ERR_ABSENT)
		return fail(why, ERR_CORRUPT_FILE, "the document has no content");
	TRY(e);
	e = zip_parts_read(z, "styles.xml", l, &styles, &n_styles, &none);
	if (e == ERR_DOCUMENT_BOMB)
		return fail(why, e, "%s", none.text);
	if (e == ERR_NONE)
		TRY(walk(f, styles, n_styles, "header", NULL, l, why));
	TRY(walk(f, content, n_content, NULL, &pictures, l, why));
	if (e == ERR_NONE)
		TRY(walk(f, styles, n_styles, "footer", NULL, l, why));
	TRY(flow_set(f, l, ret_pages, why));
	TRY(flow_add_pictures(f, z, &pictures, l, ret_pages, why));
	*ret = TAKE(f);
	return ERR_NONE;
}

const struct format format_odt = {.media_type = "application/vnd.oasis.opendocument.text",
                                  .text_engine = "docket",
                                  .text_version = DOCKET_VERSION,
                                  .open = odt_open,
                                  .close = flow_format_close,
                                  .page = flow_format_page};
