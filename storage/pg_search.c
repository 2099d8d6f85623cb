/* Search in PostgreSQL: tsvectors and tsqueries made of our own words and stems.
 *
 * Each word is there as its stem and, at the same place, as itself where it differs: plain words of a query
 * meet the stems, beginnings meet the words. */
#include "pg_documents.h"

#include "own.h"

#define VECTOR_MAX (900 * KIB) /* PostgreSQL takes a tsvector of 1 MiB */
#define PLACES_MAX 16000
#define GAP        10 /* places between two texts: a phrase does not reach over */

/* ---- what is stored ---- */

static void
put_lexeme(struct buf *out, const char *word, size_t n, unsigned place)
{
	/* Words are letters, digits and marks, so nothing in them needs a quote. */
	buf_printf(out, "%s'%.*s':%u", out->len ? " " : "", (int)n, word, place);
}

void
search_vector(const char *const *texts, size_t n, struct buf *out)
{
	OWNED(stemmer_destroy) struct stemmer *s = stemmer_create();
	unsigned place = 1;
	*out = buf_init(VECTOR_MAX + KIB);
	buf_puts(out, "");
	for (size_t i = 0; i < n; i++, place += GAP) {
		struct search_word w;
		size_t len = texts[i] ? strlen(texts[i]) : 0;
		for (size_t at = 0; texts[i] && out->len < VECTOR_MAX && place < PLACES_MAX &&
		                    search_word_next(texts[i], len, &at, &w);
		     place++) {
			size_t stem_len;
			const char *stem = stemmer_stem(s, w.folded, w.folded_len, &stem_len);
			put_lexeme(out, stem, stem_len, place);
			if (stem_len != w.folded_len || memcmp(stem, w.folded, stem_len) != 0)
				put_lexeme(out, w.folded, w.folded_len, place);
		}
	}
}

enum err
pg_search_refresh(struct pg_tx *t, struct uuid document, struct why *why)
{
	struct pg_call q = {
	    .sql = "SELECT title, file_name, merchant, note, (SELECT string_agg(name, ' | ')"
	           " FROM document_tag WHERE document_id = document.id) FROM document WHERE id = $1"};
	struct pg_call u = {.sql = "UPDATE search SET about = $2::tsvector WHERE document_id = $1"};
	RESULT *r = NULL;
	arg_uuid(&q, document);
	TRY(pg_tx_run(t, &q, &r, why));
	if (PQntuples(r) == 0)
		return ERR_NONE;
	const char *texts[5];
	for (int i = 0; i < 5; i++)
		texts[i] = PQgetisnull(r, 0, i) ? NULL : PQgetvalue(r, 0, i);
	OWNED(buf_free) struct buf about;
	search_vector(texts, 5, &about);
	arg_uuid(&u, document);
	arg_text(&u, about.data);
	return pg_tx_run(t, &u, NULL, why);
}

/* ---- queries ---- */

static void
put_phrase(struct buf *out, struct stemmer *s, const struct search_term *t, bool prefix)
{
	struct search_word w;
	size_t n = 0;
	buf_putc(out, '(');
	for (size_t at = 0; search_word_next(t->text, t->len, &at, &w); n++) {
		size_t len = w.folded_len;
		const char *word = prefix ? w.folded : stemmer_stem(s, w.folded, w.folded_len, &len);
		buf_printf(out, "%s'%.*s'", n ? " <-> " : "", (int)len, word);
	}
	buf_puts(out, prefix ? ":*)" : ")");
}

static void
put_term(struct buf *out, struct stemmer *s, const struct search_term *t)
{
	struct search_word w;
	size_t at = 0, words = 0;
	while (search_word_next(t->text, t->len, &at, &w))
		words++;
	if (t->typing && words == 1) {
		buf_putc(out, '(');
		put_phrase(out, s, t, false);
		buf_puts(out, " | ");
		put_phrase(out, s, t, true);
		buf_putc(out, ')');
	} else {
		put_phrase(out, s, t, t->prefix);
	}
}

bool
search_tsquery(const struct search_query *q, struct buf *out)
{
	OWNED(stemmer_destroy) struct stemmer *s = stemmer_create();
	size_t wanted = 0;
	*out = buf_init(64 * KIB);
	for (size_t i = 0; i < q->n; i++) {
		if (out->len)
			buf_puts(out, " & ");
		if (q->terms[i].excluded)
			buf_putc(out, '!');
		put_term(out, s, &q->terms[i]);
		wanted += !q->terms[i].excluded;
	}
	return wanted > 0 && !out->full;
}
