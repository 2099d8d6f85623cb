/* EML: a mail's own text as pages, what hangs on it as further documents. */
#include "flow_formats.h"
#include "mime.h"
#include "parsers.h"

#define DECODED_MAX  (64 * MIB)
#define DECORATION   (32 * KIB) /* a picture inside of a text that is smaller is a logo or a spy */
#define MAIL_MEMORY  (512 * MIB)
#define LINE_MAX     (16 * KIB)
#define UNNAMED_MAIL "message.eml"

struct eml {
	struct flow *flow;
	struct arena *mem;
	struct mime mail;
	struct format_attachment *attachments;
	size_t n_attachments;
	bool left_out;
};

static void
eml_free(struct eml **p)
{
	struct eml *m = *p;
	if (!m)
		return;
	flow_free(&m->flow);
	arena_destroy(&m->mem);
	free(m);
	*p = NULL;
}

static bool
is_text(const struct mime_part *p)
{
	return !p->attached && !p->name &&
	       (strcmp(p->type, "text/plain") == 0 || strcmp(p->type, "text/html") == 0);
}

/* Of those that say the same, HTML: plain forms are often a stub, and have lost their tables. */
static bool
is_best(const struct mime *mail, size_t i)
{
	const struct mime_part *p = &mail->parts[i];
	bool html = strcmp(p->type, "text/html") == 0;
	for (size_t k = 0; p->alternative && k < mail->n_parts; k++) {
		const struct mime_part *other = &mail->parts[k];
		if (k == i || other->alternative != p->alternative || !is_text(other))
			continue;
		bool other_html = strcmp(other->type, "text/html") == 0;
		if (other_html > html || (other_html == html && k > i))
			return false;
	}
	return true;
}

/* ---- the text ---- */

static enum err
put_header(struct eml *m, const char *name, struct why *why)
{
	OWNED(buf_free) struct buf value = buf_init(LINE_MAX);
	if (!mime_header(m->mail.headers, name, &value))
		return ERR_NONE;
	TRY(flow_row(m->flow, why));
	TRY(flow_cell(m->flow, 1, why));
	flow_bold(m->flow, true);
	TRY(flow_text(m->flow, name, strlen(name), why));
	TRY(flow_text(m->flow, ":", 1, why));
	flow_bold(m->flow, false);
	TRY(flow_cell(m->flow, 1, why));
	TRY(flow_text(m->flow, value.data, value.len, why));
	return flow_end_row(m->flow, why);
}

static enum err
put_body(struct eml *m, const struct mime_part *p, struct limits *l, struct why *why)
{
	OWNED(buf_free) struct buf bytes = buf_init(DECODED_MAX);
	OWNED(buf_free) struct buf text = buf_init(DECODED_MAX);
	bool html = strcmp(p->type, "text/html") == 0;
	mime_decode(p, &bytes);
	if (bytes.len == 0)
		return ERR_NONE;
	const uint8_t *data = (const uint8_t *)bytes.data;
	const struct charset *charset = p->charset;
	if (!charset && html)
		charset = html_charset(data, bytes.len);
	TRY(flow_decode(charset, data, bytes.len, l, &text, why));
	if (!text.data)
		return ERR_NONE;
	return html ? flow_html(m->flow, text.data, text.len, l, why)
	            : flow_lines(m->flow, text.data, text.len, why);
}

static enum err
put_names(struct eml *m, struct why *why)
{
	for (size_t i = 0; i < m->n_attachments; i++) {
		if (i == 0)
			TRY(flow_end_paragraph(m->flow, why));
		TRY(flow_text(m->flow, "\xE2\x80\xA2 ", 4, why));
		TRY(flow_text(m->flow, m->attachments[i].name, strlen(m->attachments[i].name), why));
		TRY(flow_break(m->flow, why));
	}
	return ERR_NONE;
}

/* ---- what hangs on it ---- */

static enum err
name_of(struct eml *m, const struct mime_part *p, const char **ret, struct why *why)
{
	OWNED(buf_free) struct buf subject = buf_init(200);
	if (p->name) {
		*ret = p->name;
		return ERR_NONE;
	}
	bool mail = strcmp(p->type, "message/rfc822") == 0;
	struct mime_view inner = {p->body.p, p->body.n < 64 * KIB ? p->body.n : 64 * KIB};
	if (mail && mime_header(inner, "Subject", &subject) && !subject.full)
		ARENA_TRY(*ret, arena_printf(m->mem, "%s.eml", subject.data), m->mem, why);
	else
		*ret = mail ? UNNAMED_MAIL : "attachment";
	return ERR_NONE;
}

/* Kept if it is of a kind that is read, and there is room. */
static enum err
take_attachment(struct eml *m, const struct mime_part *p, struct limits *l, struct why *why)
{
	OWNED(buf_free) struct buf bytes = buf_init(p->body.n + 4);
	mime_decode(p, &bytes);
	if (bytes.len == 0)
		return ERR_NONE;
	if (p->referred && !p->attached && strncmp(p->type, "image/", 6) == 0 && bytes.len < DECORATION)
		return ERR_NONE;
	const uint8_t *data = (const uint8_t *)bytes.data;
	bool room = m->n_attachments < (size_t)l->max_attachments &&
	            l->unpacked + (int64_t)bytes.len <= l->max_unpacked;
	if (!room || !document_media_type(data, bytes.len < 4096 ? bytes.len : 4096)) {
		m->left_out = true;
		return ERR_NONE;
	}
	struct format_attachment *a = &m->attachments[m->n_attachments];
	a->n = bytes.len;
	ARENA_TRY(a->data, (const uint8_t *)arena_strndup(m->mem, bytes.data, bytes.len), m->mem, why);
	TRY(name_of(m, p, &a->name, why));
	l->unpacked += (int64_t)bytes.len;
	m->n_attachments++;
	return ERR_NONE;
}

static enum err
eml_read(struct eml *m, const uint8_t *data, size_t n, struct limits *l, struct why *why)
{
	static const char *const headers[] = {"From", "To", "Date", "Subject"};
	TRY(mime_read(data, n, (size_t)l->max_entries, m->mem, &m->mail, why));
	m->left_out = m->mail.more;
	ARENA_TRY(m->attachments, arena_array(m->mem, (size_t)l->max_attachments + 1, sizeof *m->attachments),
	          m->mem, why);
	TRY(flow_begin_table(m->flow, why));
	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		TRY(put_header(m, headers[i], why));
	TRY(flow_end_table(m->flow, why));
	for (size_t i = 0; i < m->mail.n_parts; i++) {
		const struct mime_part *p = &m->mail.parts[i];
		if (!is_text(p))
			TRY(take_attachment(m, p, l, why));
		else if (is_best(&m->mail, i))
			TRY(put_body(m, p, l, why));
	}
	return put_names(m, why);
}

static enum err
eml_open(const uint8_t *data, size_t n, struct limits *l, void **ret, int32_t *ret_pages, struct why *why)
{
	OWNED(eml_free) struct eml *m = calloc(1, sizeof *m);
	if (!m)
		BUG("no memory");
	m->flow = flow_new();
	m->mem = arena_create("mail", MAIL_MEMORY);
	TRY(eml_read(m, data, n, l, why));
	TRY(flow_set(m->flow, l, ret_pages, why));
	*ret = TAKE(m);
	return ERR_NONE;
}

static void
eml_close(void *doc)
{
	struct eml *m = doc;
	eml_free(&m);
}

static enum err
eml_page(void *doc, int32_t page, struct limits *l, struct arena *mem, struct format_page *ret,
         struct why *why)
{
	const struct eml *m = doc;
	(void)mem;
	TRY(flow_page(m->flow, page, l, ret, why));
	if (m->left_out && page == 0)
		ret->warning = "attachments_left_out";
	return ERR_NONE;
}

static size_t
eml_attachments(void *doc, const struct format_attachment **ret)
{
	const struct eml *m = doc;
	*ret = m->attachments;
	return m->n_attachments;
}

const struct format format_eml = {.media_type = "message/rfc822",
                                  .text_engine = "docket",
                                  .text_version = DOCKET_VERSION,
                                  .open = eml_open,
                                  .close = eml_close,
                                  .page = eml_page,
                                  .attachments = eml_attachments};
