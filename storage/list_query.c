#include "list_query.h"

#include "own.h"

static void
also(struct list_query *q, const char *condition, struct query_arg arg)
{
	if (q->n == QUERY_ARGS_MAX)
		BUG("more than %d arguments", QUERY_ARGS_MAX);
	q->args[q->n++] = arg;
	buf_printf(&q->sql, " AND %s%c%d", condition, q->sign, q->n);
}

void
query_text(struct list_query *q, const char *condition, const char *text)
{
	also(q, condition, (struct query_arg){.type = ARG_TEXT, .text = text});
}

void
query_int(struct list_query *q, const char *condition, int64_t n)
{
	also(q, condition, (struct query_arg){.type = ARG_INT, .n = n});
}

void
query_uuid(struct list_query *q, const char *condition, struct uuid id)
{
	also(q, condition, (struct query_arg){.type = ARG_UUID, .id = id});
}

static enum err
add_filter(struct list_query *q, struct uuid user, const struct document_filter *f, struct arena *mem,
           struct why *why)
{
	if (f->merchant) {
		const char *key;
		ARENA_TRY(key, search_fold(f->merchant, mem), mem, why);
		query_text(q, "document.merchant_key = ", key);
	}
	if (f->doc_type)
		query_text(q, "document.doc_type = ", f->doc_type);
	if (f->currency)
		query_text(q, "document.currency = ", f->currency);
	if (f->date_from)
		query_text(q, "document.date >= ", f->date_from);
	if (f->date_to)
		query_text(q, "document.date <= ", f->date_to);
	if (f->minor_from)
		query_int(q, "document.total_minor >= ", *f->minor_from);
	if (f->minor_to)
		query_int(q, "document.total_minor <= ", *f->minor_to);
	if (f->state)
		query_int(q, "job.state = ", *f->state);
	for (size_t i = 0; i < f->n_tags && i < FILTER_TAGS_MAX; i++) {
		const char *key;
		ARENA_TRY(key, search_fold(f->tags[i], mem), mem, why);
		buf_puts(&q->sql, " AND document.id IN (SELECT document_id FROM document_tag WHERE true");
		query_uuid(q, "user_id = ", user);
		query_text(q, "key = ", *key ? key : f->tags[i]);
		buf_putc(&q->sql, ')');
	}
	buf_printf(&q->sql, " AND document.trashed_ms IS %sNULL", f->trash ? "NOT " : "");
	return ERR_NONE;
}

/* Where to go on: the order is total, so that nothing is missed or told twice. */
static void
add_cursor(struct list_query *q, enum document_sort sort, const struct document_cursor *after)
{
	bool first = !after || uuid_is_nil(after->id);
	if (sort == SORT_DATE) {
		if (!first) {
			query_text(q, "(coalesce(document.date, ''), document.id) < (",
			           after->date ? after->date : "");
			q->args[q->n++] = (struct query_arg){.type = ARG_UUID, .id = after->id};
			buf_printf(&q->sql, ", %c%d)", q->sign, q->n);
		}
		buf_puts(&q->sql, " ORDER BY coalesce(document.date, '') DESC, document.id DESC");
		return;
	}
	if (!first) {
		char behind[200];
		snprintf(behind, sizeof behind, "%s < %s", q->newest, q->place);
		query_uuid(q, behind, after->id);
		buf_puts(&q->sql, q->place_end);
	}
	buf_printf(&q->sql, " ORDER BY %s DESC", q->newest);
}

enum err
query_finish(struct list_query *q, struct uuid user, const struct document_filter *f,
             const struct document_cursor *after, int32_t limit, struct arena *mem, struct why *why)
{
	query_uuid(q, "document.user_id = ", user);
	TRY(add_filter(q, user, f, mem, why));
	add_cursor(q, f->sort, after);
	buf_printf(&q->sql, " LIMIT %d", limit + 1);
	if (q->sql.full)
		BUG("a filter makes too long a statement");
	return ERR_NONE;
}

enum err
query_hit(struct stemmer *s, const struct search_query *q, const struct hit_text *texts, size_t n,
          struct arena *mem, struct text_hit *ret, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		struct search_snippet sn;
		if (!texts[i].text || !search_snippet(s, q, texts[i].text, texts[i].len, &sn))
			continue;
		ARENA_TRY(ret->text, arena_strndup(mem, sn.text, sn.len), mem, why);
		ret->n_marks = sn.n_marks < ARRAY_LEN(ret->marks) ? sn.n_marks : ARRAY_LEN(ret->marks);
		for (size_t k = 0; k < ret->n_marks; k++) {
			ret->marks[k].start = sn.marks[k].start;
			ret->marks[k].len = sn.marks[k].len;
		}
		return ERR_NONE;
	}
	return ERR_NONE;
}
