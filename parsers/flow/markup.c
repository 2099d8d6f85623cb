#include "markup.h"

#include "own.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <limits.h>

struct walk {
	const struct markup_events *events;
	xmlParserCtxtPtr parser;
	int32_t depth;
	enum err err; /* of a callback */
	struct why *why;
};

static const char *
local(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon ? colon + 1 : name;
}

static void
stop_unless(struct walk *w, enum err e)
{
	if (e == ERR_NONE)
		return;
	w->err = e;
	xmlStopParser(w->parser);
}

static void
on_open(void *arg, const xmlChar *name, const xmlChar **attrs)
{
	struct walk *w = arg;
	if (w->err != ERR_NONE)
		return;
	if (++w->depth > w->events->max_depth) {
		stop_unless(w, fail(w->why, ERR_DOCUMENT_BOMB, "elements are nested deeper than %d",
		                    w->events->max_depth));
		return;
	}
	stop_unless(w, w->events->open(w->events->arg, local((const char *)name),
	                               (const char *const *)(const void *)attrs, w->why));
}

static void
on_close(void *arg, const xmlChar *name)
{
	struct walk *w = arg;
	if (w->err != ERR_NONE)
		return;
	w->depth--;
	stop_unless(w, w->events->close(w->events->arg, local((const char *)name), w->why));
}

static void
on_text(void *arg, const xmlChar *text, int n)
{
	struct walk *w = arg;
	if (w->err == ERR_NONE && n > 0)
		stop_unless(w, w->events->text(w->events->arg, (const char *)text, (size_t)n, w->why));
}

static void
no_complaint(void *arg, const char *format, ...)
{
	(void)arg;
	(void)format;
}

/* What is not set is not done: no entities, no document types, no comments. */
static const xmlSAXHandler handler = {
    .startElement = on_open,
    .endElement = on_close,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_text, /* of HTML: scripts and styles, which the reader of HTML passes over */
    .warning = no_complaint,
    .error = no_complaint,
    .fatalError = no_complaint,
};

static enum err
begin(struct walk *w, xmlParserCtxtPtr parser, size_t n)
{
	if (!parser)
		return fail(w->why, ERR_PARSER_MEMORY, "no memory to read markup");
	if (n > INT_MAX / 2)
		return fail(w->why, ERR_DOCUMENT_BOMB, "%zu bytes of markup", n);
	w->parser = parser;
	*parser->sax = handler;
	parser->userData = w;
	return ERR_NONE;
}

enum err
markup_walk_xml(const char *xml, size_t n, const struct markup_events *e, struct why *why)
{
	struct walk w = {.events = e, .why = why};
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	enum err begun = begin(&w, parser, n);
	if (begun == ERR_NONE) {
		/* The encoding that it declares is passed over: all that is read here is UTF-8 or UTF-16. */
		xmlCtxtReadMemory(parser, xml, (int)n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
		if (w.err == ERR_NONE && !parser->wellFormed)
			w.err = fail(why, ERR_CORRUPT_FILE, "XML that is not well-formed (line %d)",
			             parser->lastError.line);
	}
	if (parser && parser->myDoc)
		xmlFreeDoc(parser->myDoc);
	if (parser)
		xmlFreeParserCtxt(parser);
	return begun == ERR_NONE ? w.err : begun;
}

enum err
markup_walk_html(const char *html, size_t n, const struct markup_events *e, struct why *why)
{
	struct walk w = {.events = e, .why = why};
	htmlParserCtxtPtr parser = htmlNewParserCtxt();
	enum err begun = begin(&w, parser, n);
	if (begun == ERR_NONE)
		htmlCtxtReadMemory(parser, html, (int)n, NULL, "UTF-8",
		                   HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	if (parser && parser->myDoc)
		xmlFreeDoc(parser->myDoc);
	if (parser)
		htmlFreeParserCtxt(parser);
	return begun == ERR_NONE ? w.err : begun;
}

const char *
markup_attr(const char *const *attrs, const char *name)
{
	for (; attrs && attrs[0]; attrs += 2) {
		if (strcmp(local(attrs[0]), name) == 0)
			return attrs[1] ? attrs[1] : ""; /* HTML knows bare ones */
	}
	return NULL;
}
