/* markup.h: XML and HTML as a run of events, no tree: memory does not grow with the document.
 *
 * Names come without their namespace's prefix ("w:p" is "p") and, in HTML, in lower case. Nothing is ever
 * loaded from elsewhere: entities but the predefined ones are not known, document types are passed over.
 * A callback that does not return ERR_NONE ends the walk with that code.
 */
#ifndef DOCKET_MARKUP_H
#define DOCKET_MARKUP_H

#include "err.h"

#include <stdint.h>

struct markup_events {
	void *arg;
	/* attrs: name, value, name, value, NULL; or NULL */
	enum err (*open)(void *arg, const char *name, const char *const *attrs, struct why *why);
	enum err (*close)(void *arg, const char *name, struct why *why);
	enum err (*text)(void *arg, const char *utf8, size_t n, struct why *why);
	int32_t max_depth; /* of elements inside elements; ERR_DOCUMENT_BOMB beyond */
};

/* ERR_CORRUPT_FILE when it is not well-formed. */
enum err markup_walk_xml(const char *xml, size_t n, const struct markup_events *e, struct why *why)
    MUST_CHECK;
/* UTF-8. Of HTML nothing is malformed. */
enum err markup_walk_html(const char *html, size_t n, const struct markup_events *e, struct why *why)
    MUST_CHECK;

/* The value of an attribute, without its prefix; NULL if it is not there. */
const char *markup_attr(const char *const *attrs, const char *name);

#endif
