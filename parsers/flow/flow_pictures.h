/* flow_pictures.h: pictures that stand in an office document, as pages after those of its text.
 *
 * A letter may be a scan pasted into one, a claim for expenses the photos of its receipts. Only JPEG and PNG
 * of a size that could be a paper count: logos and rules do not.
 */
#ifndef DOCKET_FLOW_PICTURES_H
#define DOCKET_FLOW_PICTURES_H

#include "flow.h"
#include "zip_parts.h"

#define FLOW_PICTURES 20 /* of a document; those after are passed over */

/* Names of parts in the order in which the text shows them, each once. */
struct picture_names {
	char names[FLOW_PICTURES][256];
	size_t n;
};
void picture_names_add(struct picture_names *p, const char *name);

/* Unpacks them into the flow, after flow_set(): more pages, or the only ones where there is no text. What is
 * not there or no picture is passed over. ERR_TOO_MANY_PAGES, or a ceiling of zip_parts_read(). */
enum err flow_add_pictures(struct flow *f, struct zip_parts *z, const struct picture_names *names,
                           struct limits *l, int32_t *ret_pages, struct why *why) MUST_CHECK;
enum err flow_picture_page(struct flow *f, int32_t picture, struct limits *l, struct arena *mem,
                           struct format_page *ret, struct why *why) MUST_CHECK;

#endif
