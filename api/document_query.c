#include "document_query.h"

#include <jansson.h>
#include <stdlib.h>

#define TEXT_MAX 400 /* bytes of a query, a sender */

enum err
text_ok(const char *what, const char *text, size_t max, bool lines, struct why *why)
{
	size_t n = strlen(text);
	if (n > max)
		return fail(why, ERR_INVALID, "%s: at most %zu bytes", what, max);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if ((c < 0x20 && !(lines && (c == '\n' || c == '\t'))) || c == 0x7F)
			return fail(why, ERR_INVALID, "%s: holds a control character", what);
	}
	json_t *utf8 = json_string(text);
	json_decref(utf8);
	return utf8 ? ERR_NONE : fail(why, ERR_INVALID, "%s: is not UTF-8", what);
}

enum err
tag_ok(const char *tag, struct why *why)
{
	TRY(text_ok("tag", tag, TAG_MAX, false, why));
	if (strspn(tag, " ") == strlen(tag) || strchr(tag, ','))
		return fail(why, ERR_INVALID, "tag: 1 to %d bytes without a comma", TAG_MAX);
	return ERR_NONE;
}

static enum err
text_of(struct request *rq, const char *name, const char **ret, struct why *why)
{
	const char *text = request_query(rq, name);
	*ret = NULL;
	if (!text || !*text)
		return ERR_NONE;
	TRY(text_ok(name, text, TEXT_MAX, false, why));
	*ret = text;
	return ERR_NONE;
}

static enum err
date_of(struct request *rq, const char *name, const char **ret, struct why *why)
{
	static const char form[] = "dddd-dd-dd";
	TRY(text_of(rq, name, ret, why));
	const char *s = *ret;
	if (!s)
		return ERR_NONE;
	bool ok = strlen(s) == strlen(form);
	for (size_t i = 0; ok && form[i]; i++)
		ok = form[i] == 'd' ? s[i] >= '0' && s[i] <= '9' : s[i] == form[i];
	return ok ? ERR_NONE : fail(why, ERR_INVALID, "%s: a date, as 2026-11-24", name);
}

/* "12.5" -> 1250. */
static enum err
amount_of(struct request *rq, const char *name, int64_t *to, const int64_t **ret, struct why *why)
{
	const char *text;
	char *end;
	TRY(text_of(rq, name, &text, why));
	if (!text)
		return ERR_NONE;
	if (strspn(text, "-.0123456789") != strlen(text) || strlen(text) > 16)
		return fail(why, ERR_INVALID, "%s: an amount, as 12.50", name);
	double v = strtod(text, &end);
	if (end == text || *end)
		return fail(why, ERR_INVALID, "%s: an amount, as 12.50", name);
	*to = (int64_t)(v * 100 + (v < 0 ? -0.5 : 0.5));
	*ret = to;
	return ERR_NONE;
}

static enum err
state_of(struct request *rq, struct document_query *q, struct why *why)
{
	const char *text = request_query(rq, "status");
	if (!text || !*text)
		return ERR_NONE;
	for (int s = 0; s < JOB_STATE_MAX; s++)
		if (strcmp(job_state_name((enum job_state)s), text) == 0) {
			q->state = (enum job_state)s;
			q->filter.state = &q->state;
			return ERR_NONE;
		}
	return fail(why, ERR_INVALID, "status: queued, processing, done, failed or cancelled");
}

/* "home,tax": commas part them, so no tag holds one. */
static enum err
tags_of(struct request *rq, struct document_query *q, struct why *why)
{
	const char *text;
	TRY(text_of(rq, "tag", &text, why));
	for (const char *p = text; p && *p;) {
		size_t n = strcspn(p, ",");
		if (q->filter.n_tags == FILTER_TAGS_MAX)
			return fail(why, ERR_INVALID, "tag: at most %d", FILTER_TAGS_MAX);
		if (n > 0) {
			const char *tag;
			ARENA_TRY(tag, arena_strndup(rq->mem, p, n), rq->mem, why);
			q->filter.tags[q->filter.n_tags++] = tag;
		}
		p += n + (p[n] == ',');
	}
	return ERR_NONE;
}

static enum err
choice(struct request *rq, const char *name, const char *off, const char *on, bool *ret, struct why *why)
{
	const char *text = request_query(rq, name);
	*ret = text && strcmp(text, on) == 0;
	if (!text || *ret || strcmp(text, off) == 0)
		return ERR_NONE;
	return fail(why, ERR_INVALID, "%s: %s or %s", name, off, on);
}

enum err
document_query_read(struct request *rq, struct document_query *ret, struct why *why)
{
	struct document_filter *f = &ret->filter;
	bool by_date;
	*ret = (struct document_query){.minor_from = 0};
	/* An empty query is none; one without a word finds nothing. */
	TRY(text_of(rq, "q", &f->text, why));
	TRY(text_of(rq, "type", &f->doc_type, why));
	TRY(text_of(rq, "sender", &f->merchant, why));
	TRY(text_of(rq, "currency", &f->currency, why));
	TRY(date_of(rq, "from", &f->date_from, why));
	TRY(date_of(rq, "to", &f->date_to, why));
	TRY(amount_of(rq, "min", &ret->minor_from, &f->minor_from, why));
	TRY(amount_of(rq, "max", &ret->minor_to, &f->minor_to, why));
	TRY(state_of(rq, ret, why));
	TRY(tags_of(rq, ret, why));
	TRY(choice(rq, "trash", "false", "true", &f->trash, why));
	TRY(choice(rq, "sort", "added", "date", &by_date, why));
	f->sort = by_date ? SORT_DATE : SORT_ADDED;
	return ERR_NONE;
}

/* "ID" or "ID.DATE". A date that could not be understood is text out of a paper, so it travels as
 * hexadecimal. */
enum err
document_cursor_parse(const char *text, struct arena *mem, struct document_cursor *ret, struct why *why)
{
	char id[UUID_TEXT_LEN];
	*ret = (struct document_cursor){.date = ""};
	size_t n = strcspn(text, ".");
	snprintf(id, sizeof id, "%.*s", n < sizeof id ? (int)n : 0, text);
	const char *hex = text[n] == '.' ? text + n + 1 : "";
	size_t len = strlen(hex) / 2;
	char *date;
	if (!uuid_parse(id, &ret->id) || len > CURSOR_DATE_MAX)
		return fail(why, ERR_INVALID, "cursor: not one that this service gave");
	ARENA_TRY(date, arena_alloc(mem, len + 1), mem, why);
	if (!hex_parse(hex, (uint8_t *)date, len) || memchr(date, '\0', len))
		return fail(why, ERR_INVALID, "cursor: not one that this service gave");
	date[len] = '\0';
	ret->date = date;
	return text_ok("cursor", date, CURSOR_DATE_MAX, true, why);
}

enum err
document_cursor_read(struct request *rq, struct document_cursor *ret, struct why *why)
{
	const char *text = request_query(rq, "cursor");
	*ret = (struct document_cursor){.date = ""};
	return text ? document_cursor_parse(text, rq->mem, ret, why) : ERR_NONE;
}

void
document_cursor_write(struct buf *out, const struct document *last, enum document_sort sort)
{
	char id[UUID_TEXT_LEN];
	uuid_text(last->id, id);
	buf_puts(out, id);
	if (sort != SORT_DATE || !last->date)
		return;
	char hex[2 * CURSOR_DATE_MAX + 1];
	hex_text((const uint8_t *)last->date, strnlen(last->date, CURSOR_DATE_MAX), hex);
	buf_printf(out, ".%s", hex);
}
