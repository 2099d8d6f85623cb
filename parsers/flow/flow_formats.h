/* flow_formats.h: what the formats that bring no pages share. Their open document is a struct flow. */
#ifndef DOCKET_FLOW_FORMATS_H
#define DOCKET_FLOW_FORMATS_H

#include "charset.h"
#include "flow.h"

enum err flow_format_page(void *doc, int32_t page, struct limits *l, struct arena *mem,
                          struct format_page *ret, struct why *why);
void flow_format_close(void *doc);

/* Bytes in `c` (NULL: by the bytes) as UTF-8 within the document's ceiling. */
enum err flow_decode(const struct charset *c, const uint8_t *p, size_t n, struct limits *l, struct buf *ret,
                     struct why *why) MUST_CHECK;
/* UTF-8 HTML into the flow. */
enum err flow_html(struct flow *f, const char *html, size_t n, const struct limits *l, struct why *why)
    MUST_CHECK;
/* The character set that an HTML file names in its first kilobyte; NULL. */
const struct charset *html_charset(const uint8_t *p, size_t n);

#endif
