/* Plain text and HTML, in whatever character set. */
#include "flow_formats.h"
#include "flow_pictures.h"
#include "flow_private.h"

#define DECODED_MAX (64 * MIB)

enum err
flow_format_page(void *doc, int32_t page, struct limits *l, struct arena *mem, struct format_page *ret,
                 struct why *why)
{
	struct flow *f = doc;
	int32_t of_text = (int32_t)f->n_pages;
	return page < of_text ? flow_page(f, page, l, ret, why)
	                      : flow_picture_page(f, page - of_text, l, mem, ret, why);
}

void
flow_format_close(void *doc)
{
	struct flow *f = doc;
	flow_free(&f);
}

enum err
flow_decode(const struct charset *c, const uint8_t *p, size_t n, struct limits *l, struct buf *ret,
            struct why *why)
{
	if (!c)
		c = charset_guess(p, n);
	charset_decode(c, p, n, ret);
	l->unpacked += (int64_t)ret->len;
	if (ret->full || l->unpacked > l->max_unpacked)
		return fail(why, ERR_DOCUMENT_BOMB, "more text than is allowed");
	return ERR_NONE;
}

static enum err
text_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	OWNED(flow_free) struct flow *f = flow_new();
	OWNED(buf_free) struct buf text = buf_init(DECODED_MAX);
	TRY(flow_decode(NULL, data, n, l, &text, why));
	TRY(flow_lines(f, text.data ? text.data : "", text.len, why));
	TRY(flow_set(f, l, ret_pages, why));
	*ret = TAKE(f);
	return ERR_NONE;
}

static enum err
html_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	OWNED(flow_free) struct flow *f = flow_new();
	OWNED(buf_free) struct buf text = buf_init(DECODED_MAX);
	TRY(flow_decode(html_charset(data, n), data, n, l, &text, why));
	TRY(flow_html(f, text.data ? text.data : "", text.len, l, why));
	TRY(flow_set(f, l, ret_pages, why));
	*ret = TAKE(f);
	return ERR_NONE;
}

const struct format format_text = {.media_type = "text/plain",
                                   .text_engine = "docket",
                                   .text_version = DOCKET_VERSION,
                                   .open = text_open,
                                   .close = flow_format_close,
                                   .page = flow_format_page};
const struct format format_html = {.media_type = "text/html",
                                   .text_engine = "docket",
                                   .text_version = DOCKET_VERSION,
                                   .open = html_open,
                                   .close = flow_format_close,
                                   .page = flow_format_page};
