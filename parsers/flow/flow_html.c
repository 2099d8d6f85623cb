/* HTML as text: blocks, headings, lists, tables; nothing of what is not shown. */
#include "flow_formats.h"
#include "markup.h"

struct html {
	struct flow *flow;
	int32_t hidden; /* depth inside of what is not shown */
	int32_t pre;    /* inside of what keeps its line ends */
	bool bullet;    /* the item of a list that has said nothing yet */
};

enum role { INLINE, BLOCK, LINE, HEADING, BOLD, HIDDEN, TABLE, ROW, CELL, ITEM, BREAK, RULE, PRE };

static const struct {
	const char *name;
	enum role role;
} elements[] = {
    {"p", BLOCK},          {"div", LINE},        {"section", BLOCK}, {"article", BLOCK},   {"header", BLOCK},
    {"footer", BLOCK},     {"main", BLOCK},      {"aside", BLOCK},   {"nav", BLOCK},       {"address", BLOCK},
    {"form", BLOCK},       {"dl", BLOCK},        {"dt", LINE},       {"dd", LINE},         {"ul", BLOCK},
    {"ol", BLOCK},         {"figure", BLOCK},    {"center", LINE},   {"fieldset", BLOCK},  {"caption", LINE},
    {"blockquote", BLOCK}, {"body", BLOCK},      {"li", ITEM},       {"br", BREAK},        {"hr", RULE},
    {"h1", HEADING},       {"h2", HEADING},      {"h3", HEADING},    {"h4", HEADING},      {"h5", HEADING},
    {"h6", HEADING},       {"b", BOLD},          {"strong", BOLD},   {"table", TABLE},     {"tr", ROW},
    {"td", CELL},          {"th", CELL},         {"pre", PRE},       {"script", HIDDEN},   {"style", HIDDEN},
    {"head", HIDDEN},      {"template", HIDDEN}, {"select", HIDDEN}, {"textarea", HIDDEN}, {"svg", HIDDEN},
    {"object", HIDDEN},    {"iframe", HIDDEN},   {"title", HIDDEN},
};

static enum role
role_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
		if (strcmp(elements[i].name, name) == 0)
			return elements[i].role;
	}
	return INLINE;
}

/* Elements that have no end never hide what follows them. */
static bool
is_void(const char *name)
{
	static const char *const names[] = {"br",  "hr",    "img", "input",  "meta",  "link",  "area", "base",
	                                    "col", "embed", "wbr", "source", "param", "track", "frame"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* "display: none", as the lines that mail programs show as a preview are hidden. */
static bool
is_hidden(const char *const *attrs)
{
	const char *style = markup_attr(attrs, "style");
	if (markup_attr(attrs, "hidden"))
		return true;
	for (const char *p = style ? strcasestr(style, "display") : NULL; p; p = strcasestr(p, "display")) {
		p += strlen("display");
		p += strspn(p, " \t\n");
		if (*p != ':')
			continue;
		p += 1 + strspn(p + 1, " \t\n");
		if (strncasecmp(p, "none", 4) == 0)
			return true;
	}
	return false;
}

static int32_t
number(const char *s, int32_t otherwise)
{
	long v = s ? strtol(s, NULL, 10) : otherwise;
	return v < 1 || v > 1000 ? otherwise : (int32_t)v;
}

static enum err
on_open(void *arg, const char *name, const char *const *attrs, struct why *why)
{
	struct html *h = arg;
	struct flow *f = h->flow;
	enum role role = role_of(name);
	if (h->hidden > 0 || role == HIDDEN || (is_hidden(attrs) && !is_void(name))) {
		h->hidden += !is_void(name);
		return ERR_NONE;
	}
	switch (role) {
	case BLOCK:
		return flow_end_paragraph(f, why);
	case LINE:
	case BREAK:
		return flow_break(f, why);
	case RULE:
		return flow_end_paragraph(f, why);
	case PRE:
		h->pre++;
		return flow_end_paragraph(f, why);
	case HEADING:
		TRY(flow_end_paragraph(f, why));
		flow_bold(f, true);
		flow_heading(f, name[1] - '0');
		return ERR_NONE;
	case BOLD:
		flow_bold(f, true);
		return ERR_NONE;
	case ITEM:
		h->bullet = true;
		return flow_break(f, why);
	case TABLE:
		return flow_begin_table(f, why);
	case ROW:
		return flow_row(f, why);
	case CELL:
		return flow_cell(f, number(markup_attr(attrs, "colspan"), 1), why);
	default:
		return ERR_NONE;
	}
}

static enum err
on_close(void *arg, const char *name, struct why *why)
{
	struct html *h = arg;
	struct flow *f = h->flow;
	if (h->hidden > 0) {
		h->hidden -= !is_void(name);
		return ERR_NONE;
	}
	switch (role_of(name)) {
	case BLOCK:
		return flow_end_paragraph(f, why);
	case LINE:
	case ITEM:
		return flow_break(f, why);
	case PRE:
		h->pre -= h->pre > 0;
		return flow_end_paragraph(f, why);
	case HEADING:
		flow_bold(f, false);
		return flow_end_paragraph(f, why);
	case BOLD:
		flow_bold(f, false);
		return ERR_NONE;
	case TABLE:
		return flow_end_table(f, why);
	case ROW:
		return flow_end_row(f, why);
	default:
		return ERR_NONE;
	}
}

static enum err
on_text(void *arg, const char *utf8, size_t n, struct why *why)
{
	struct html *h = arg;
	if (h->hidden > 0)
		return ERR_NONE;
	if (h->bullet && strspn(utf8, " \t\r\n") < n) {
		h->bullet = false;
		TRY(flow_text(h->flow, "\xE2\x80\xA2 ", 4, why));
	}
	for (const char *end; h->pre > 0 && (end = memchr(utf8, '\n', n)) != NULL;) {
		TRY(flow_text(h->flow, utf8, (size_t)(end - utf8), why));
		TRY(flow_break(h->flow, why));
		n -= (size_t)(end + 1 - utf8);
		utf8 = end + 1;
	}
	return flow_text(h->flow, utf8, n, why);
}

enum err
flow_html(struct flow *f, const char *html, size_t n, const struct limits *l, struct why *why)
{
	struct html h = {.flow = f};
	const struct markup_events events = {&h, on_open, on_close, on_text, l->max_nesting};
	TRY(markup_walk_html(html, n, &events, why));
	return flow_end_paragraph(f, why);
}

const struct charset *
html_charset(const uint8_t *p, size_t n)
{
	size_t look = n < 1024 ? n : 1024;
	for (size_t at = 0; at + 8 < look; at++) {
		if (strncasecmp((const char *)p + at, "charset", 7) != 0)
			continue;
		size_t from = at + 7;
		while (from < look && (p[from] == ' ' || p[from] == '=' || p[from] == '"' || p[from] == '\''))
			from++;
		size_t end = from;
		while (end < look && p[end] > ' ' && !strchr("\"';/>", p[end]))
			end++;
		return charset_find((const char *)p + from, end - from);
	}
	return NULL;
}
