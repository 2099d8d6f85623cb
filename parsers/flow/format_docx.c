/* DOCX: Office Open XML text. What its XML says in order: letterheads, paragraphs, tables. */
#include "flow_formats.h"
#include "flow_pictures.h"
#include "markup.h"
#include "zip_parts.h"

struct docx {
	struct flow *flow;
	int32_t hidden;     /* depth inside of what is not the text */
	int32_t properties; /* inside of a paragraph's, a run's or a cell's properties */
	bool in_text, bold; /* of the run */
	int32_t heading;
	int32_t cell_span;
	bool cell_open;             /* a cell that has not said its span yet */
	bool bullet;                /* the item of a list that has said nothing yet */
	struct picture_names shown; /* by their relations' names */
};

/* What was deleted, field codes, the second form of what stands there already. */
static bool
is_hidden(const char *name)
{
	static const char *const names[] = {"del",   "delText", "instrText", "Fallback", "moveFrom",
	                                    "sdtPr", "fldData", "posOffset", "pctWidth"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_off(const char *const *attrs)
{
	const char *v = markup_attr(attrs, "val");
	return v && (strcmp(v, "0") == 0 || strcmp(v, "false") == 0);
}

static enum err
begin_cell(struct docx *d, struct why *why)
{
	if (!d->cell_open)
		return ERR_NONE;
	d->cell_open = false;
	return flow_cell(d->flow, d->cell_span, why);
}

static int32_t
heading_of(const char *style)
{
	if (!style)
		return 0;
	if (strcasecmp(style, "Title") == 0)
		return 1;
	if (strncasecmp(style, "Heading", 7) == 0 && style[7] >= '1' && style[7] <= '9')
		return style[7] - '0' < 3 ? style[7] - '0' : 3;
	return 0;
}

static enum err
on_property(struct docx *d, const char *name, const char *const *attrs)
{
	if (strcmp(name, "pStyle") == 0)
		d->heading = heading_of(markup_attr(attrs, "val"));
	else if (strcmp(name, "numPr") == 0)
		d->bullet = true;
	else if (strcmp(name, "b") == 0)
		d->bold = !is_off(attrs);
	else if (strcmp(name, "gridSpan") == 0 && markup_attr(attrs, "val"))
		d->cell_span = (int32_t)strtol(markup_attr(attrs, "val"), NULL, 10);
	return ERR_NONE;
}

static bool
ends_with_pr(const char *name)
{
	return strcmp(name, "pPr") == 0 || strcmp(name, "rPr") == 0 || strcmp(name, "tcPr") == 0;
}

static enum err
on_open(void *arg, const char *name, const char *const *attrs, struct why *why)
{
	struct docx *d = arg;
	struct flow *f = d->flow;
	if (d->hidden > 0 || is_hidden(name)) {
		d->hidden++;
		return ERR_NONE;
	}
	if (d->properties > 0 || ends_with_pr(name)) {
		d->properties++;
		/* The properties of a paragraph's end mark are no run's. */
		return d->properties == 2 ? on_property(d, name, attrs) : ERR_NONE;
	}
	if (strcmp(name, "tbl") == 0)
		return flow_begin_table(f, why);
	if (strcmp(name, "tr") == 0)
		return flow_row(f, why);
	if (strcmp(name, "tc") == 0) {
		d->cell_open = true;
		d->cell_span = 1;
		return ERR_NONE;
	}
	TRY(begin_cell(d, why));
	if (strcmp(name, "p") == 0) {
		d->heading = 0;
		d->bullet = false;
		return flow_break(f, why);
	}
	if (strcmp(name, "blip") == 0)
		picture_names_add(&d->shown, markup_attr(attrs, "embed"));
	else if (strcmp(name, "imagedata") == 0)
		picture_names_add(&d->shown, markup_attr(attrs, "id"));
	else if (strcmp(name, "r") == 0)
		d->bold = false;
	else if (strcmp(name, "t") == 0)
		d->in_text = true;
	else if (strcmp(name, "tab") == 0 || strcmp(name, "ptab") == 0)
		return flow_text(f, " ", 1, why);
	else if (strcmp(name, "noBreakHyphen") == 0)
		return flow_text(f, "-", 1, why);
	else if (strcmp(name, "cr") == 0)
		return flow_break(f, why);
	else if (strcmp(name, "br") == 0 && markup_attr(attrs, "type") &&
	         strcmp(markup_attr(attrs, "type"), "page") == 0)
		return flow_end_page(f, why);
	else if (strcmp(name, "br") == 0)
		return flow_break(f, why);
	return ERR_NONE;
}

static enum err
on_close(void *arg, const char *name, struct why *why)
{
	struct docx *d = arg;
	if (d->hidden > 0) {
		d->hidden--;
		return ERR_NONE;
	}
	if (d->properties > 0) {
		d->properties--;
		return ERR_NONE;
	}
	if (strcmp(name, "t") == 0)
		d->in_text = false;
	else if (strcmp(name, "p") == 0)
		return flow_end_paragraph(d->flow, why);
	else if (strcmp(name, "tc") == 0)
		return begin_cell(d, why);
	else if (strcmp(name, "tr") == 0)
		return flow_end_row(d->flow, why);
	else if (strcmp(name, "tbl") == 0)
		return flow_end_table(d->flow, why);
	return ERR_NONE;
}

static enum err
on_text(void *arg, const char *utf8, size_t n, struct why *why)
{
	struct docx *d = arg;
	if (!d->in_text || d->hidden > 0 || d->properties > 0)
		return ERR_NONE;
	if (d->bullet)
		TRY(flow_text(d->flow, "\xE2\x80\xA2 ", 4, why));
	d->bullet = false;
	bool strong = d->bold || d->heading > 0;
	if (d->heading > 0)
		flow_heading(d->flow, d->heading);
	if (strong)
		flow_bold(d->flow, true);
	enum err e = flow_text(d->flow, utf8, n, why);
	if (strong)
		flow_bold(d->flow, false);
	return e;
}

/* A part that need not be there. */
static enum err
walk_part(struct docx *d, struct zip_parts *z, const char *name, bool needed, struct limits *l,
          struct why *why)
{
	OWNED(mem_free) char *xml = NULL;
	size_t n = 0;
	const struct markup_events events = {d, on_open, on_close, on_text, l->max_nesting};
	struct why none;
	enum err e = zip_parts_read(z, name, l, &xml, &n, needed ? why : &none);
	if (e == ERR_ABSENT && !needed)
		return ERR_NONE;
	if (e == ERR_ABSENT)
		return fail(why, ERR_UNSUPPORTED_TYPE, "an archive that is no text document");
	if (e != ERR_NONE)
		return needed ? e : fail(why, e, "%s", none.text);
	d->hidden = d->properties = 0;
	d->in_text = d->cell_open = false;
	TRY(markup_walk_xml(xml, n, &events, why));
	return flow_end_paragraph(d->flow, why);
}

/* ---- pictures ---- */

struct relations {
	const struct picture_names *shown;
	char targets[FLOW_PICTURES][256]; /* of the pictures, "" where none is said */
};

static enum err
on_relation(void *arg, const char *name, const char *const *attrs, struct why *why)
{
	struct relations *r = arg;
	const char *id = markup_attr(attrs, "Id"), *target = markup_attr(attrs, "Target");
	(void)why;
	if (strcmp(name, "Relationship") != 0 || !id || !target || strlen(target) > 200)
		return ERR_NONE;
	for (size_t i = 0; i < r->shown->n; i++) {
		if (strcmp(r->shown->names[i], id) == 0)
			snprintf(r->targets[i], sizeof r->targets[i], "%s%s", target[0] == '/' ? "" : "word/",
			         target[0] == '/' ? target + 1 : target);
	}
	return ERR_NONE;
}

static enum err
on_nothing(void *arg, const char *name, struct why *why)
{
	(void)arg, (void)name, (void)why;
	return ERR_NONE;
}

static enum err
on_no_text(void *arg, const char *utf8, size_t n, struct why *why)
{
	(void)arg, (void)utf8, (void)n, (void)why;
	return ERR_NONE;
}

/* The parts in which they lie. */
static enum err
find_pictures(struct zip_parts *z, const struct picture_names *shown, struct limits *l,
              struct picture_names *ret, struct why *why)
{
	OWNED(mem_free) char *xml = NULL;
	size_t n = 0;
	struct why none;
	struct relations r = {.shown = shown};
	const struct markup_events events = {&r, on_relation, on_nothing, on_no_text, l->max_nesting};
	if (shown->n == 0)
		return ERR_NONE;
	enum err e = zip_parts_read(z, "word/_rels/document.xml.rels", l, &xml, &n, &none);
	if (e == ERR_NONE)
		e = markup_walk_xml(xml, n, &events, &none);
	if (e == ERR_DOCUMENT_BOMB || e == ERR_ENCRYPTED)
		return fail(why, e, "%s", none.text);
	for (size_t i = 0; i < shown->n; i++)
		picture_names_add(ret, r.targets[i]);
	return ERR_NONE;
}

static enum err
docx_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	OWNED(flow_free) struct flow *f = flow_new();
	OWNED(zip_parts_close) struct zip_parts *z = NULL;
	struct docx d = {.flow = f};
	struct picture_names pictures = {.n = 0};
	char part[40];
	TRY(zip_parts_open(data, n, l, &z, why));
	/* A letterhead says who sent it: first, as it stands on the page. */
	for (int i = 1; i <= 3; i++) {
		snprintf(part, sizeof part, "word/header%d.xml", i);
		TRY(walk_part(&d, z, part, false, l, why));
	}
	d.shown.n = 0; /* a letterhead's pictures are no papers */
	TRY(walk_part(&d, z, "word/document.xml", true, l, why));
	TRY(find_pictures(z, &d.shown, l, &pictures, why));
	for (int i = 1; i <= 3; i++) {
		snprintf(part, sizeof part, "word/footer%d.xml", i);
		TRY(walk_part(&d, z, part, false, l, why));
	}
	TRY(flow_set(f, l, ret_pages, why));
	TRY(flow_add_pictures(f, z, &pictures, l, ret_pages, why));
	*ret = TAKE(f);
	return ERR_NONE;
}

const struct format format_docx = {
    .media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    .text_engine = "docket",
    .text_version = DOCKET_VERSION,
    .open = docx_open,
    .close = flow_format_close,
    .page = flow_format_page};
