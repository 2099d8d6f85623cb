/* What comes in an address, "/jobs/0198...?q=milk&sort=date&cursor=...": the path finds its endpoint, the
 * parameters are read by all who read some, and what they ask for is asked of a storage with papers in it. */
#include "document_query.h"
#include "routes.h"
#include "test_folder.h"

#include "own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__wrap_MHD_lookup_connection_value(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                               const char *name);

/* ---- the parameters, as libmicrohttpd takes them apart ---- */

static struct {
	const char *name, *value;
} arguments[64];
static size_t n_arguments;

const char *
__wrap_MHD_lookup_connection_value(struct MHD_Connection *c, enum MHD_ValueKind kind, const char *name)
{
	(void)c;
	for (size_t i = 0; kind == MHD_GET_ARGUMENT_KIND && i < n_arguments; i++)
		if (strcmp(arguments[i].name, name) == 0)
			return arguments[i].value;
	return NULL;
}

static void
decode(char *text)
{
	for (char *p = text; *p; p++)
		if (*p == '+')
			*p = ' ';
	(void)MHD_http_unescape(text);
}

static void
take_apart(char *query)
{
	n_arguments = 0;
	for (char *next; query && n_arguments < ARRAY_LEN(arguments); query = next) {
		next = strchr(query, '&');
		if (next)
			*next++ = '\0';
		char *value = strchr(query, '=');
		if (value)
			*value++ = '\0';
		decode(query);
		if (value)
			decode(value);
		arguments[n_arguments].name = query;
		arguments[n_arguments++].value = value;
	}
}

/* ---- papers to be found, once for all runs ---- */

static const struct paper {
	const char *type, *sender, *date, *total, *currency, *text, *tag;
	bool trashed;
} papers[] = {
    {"receipt", "Пятёрочка", "2026-11-23", "9.00", "RUB", "Молоко 3,2% ИТОГО 9.00", "дом", false},
    {"invoice", "Shop \"A\"", "12\" May\n", "-1.00", "EUR", "milk and bread, half price", "a b", false},
    {"letter", NULL, NULL, NULL, NULL, "Уважаемые жильцы! Dear all", NULL, false},
    {"bill", "shop \"a\"", "", "900000000.00", NULL, "", "%", false},
    {NULL, "O'Neil", "2026-11-23", "0.01", "USD", "заявление", "home", false},
    {"receipt", "Shop", "2026-01-02", "1.00", "EUR", "milk", "home", true}};

static struct storage *st;
static struct uuid owner;

static void
must(enum err e, const struct why *why)
{
	if (e != ERR_NONE)
		BUG("%s: %s", err_code(e), why->text);
}

static struct blob
bytes(const char *text)
{
	struct blob_writer *w = NULL;
	struct blob b;
	struct why why;
	must(blob_begin(st, &w, &why), &why);
	must(blob_write(w, text, strlen(text), &why), &why);
	must(blob_publish(&w, &b, &why), &why);
	return b;
}

static void
keep(const struct paper *p, struct arena *mem)
{
	struct blob original = bytes("paper"), parsed = bytes("{}");
	struct upload u = {.user = owner,
	                   .job_id = uuid_new(),
	                   .document_id = uuid_new(),
	                   .blob = &original,
	                   .file_name = "paper.jpg",
	                   .media_type = "image/jpeg",
	                   .request_id = "r"};
	const struct job *job;
	const struct claim *c;
	const struct document *d;
	struct result_row r = {.json = "{}",
	                       .json_len = 2,
	                       .parsed = &parsed,
	                       .doc_type = p->type,
	                       .merchant = p->sender,
	                       .date = p->date,
	                       .total = p->total,
	                       .currency = p->currency,
	                       .text = p->text};
	struct document_change change = {DOCUMENT_CHANGE_NONE, .add_tag = p->tag};
	struct why why;
	bool replayed;
	size_t n;
	must(storage_upload(st, &u, mem, &job, &replayed, &why), &why);
	must(storage_claim(st, uuid_new(), 1, mem, &c, &n, &why), &why);
	must(storage_settle_done(st, c, &r, &why), &why);
	change.trashed = p->trashed ? 1 : -1;
	must(storage_document_change(st, owner, u.document_id, &change, mem, &d, &why), &why);
}

static void
leave(void)
{
	storage_close(&st);
}

static void
furnish(void)
{
	static char folder[TEST_FOLDER_LEN], rows[TEST_FOLDER_LEN + 20], blobs[TEST_FOLDER_LEN + 20];
	OWNED(arena_destroy) struct arena *mem = arena_create("papers", 16 * MIB);
	const struct user *u;
	struct why why;
	test_folder(folder);
	snprintf(rows, sizeof rows, "sqlite:%s/rows.db", folder);
	snprintf(blobs, sizeof blobs, "file:%s/blobs", folder);
	const struct storage_options o = {.storage_url = rows,
	                                  .blobs_url = blobs,
	                                  .key_file = "",
	                                  .lease_ms = 600000,
	                                  .job_deadline_ms = 600000,
	                                  .max_attempts = 3,
	                                  .max_crashes = 2,
	                                  .max_queued_per_user = 100};
	must(storage_open(&o, &st, &why), &why);
	atexit(leave);
	must(storage_user_create(st, "ann@example.org", "hash", "en", mem, &u, &why), &why);
	owner = u->id;
	for (size_t i = 0; i < ARRAY_LEN(papers); i++)
		keep(&papers[i], mem);
}

/* ---- what must hold ---- */

static void
expect_text(const char *text, size_t max, bool lines)
{
	struct why why;
	if (text && text_ok("text", text, max, lines, &why) != ERR_NONE)
		BUG("let in: %s", why.text);
}

static void
expect_filter(const struct document_filter *f)
{
	const char *const texts[] = {f->text,     f->doc_type,  f->merchant,
	                             f->currency, f->date_from, f->date_to};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		expect_text(texts[i], 400, false);
	for (size_t i = 0; i < f->n_tags; i++)
		if (strchr(f->tags[i], ',') || !*f->tags[i])
			BUG("a tag that is none");
	for (int i = 0; i < 2; i++) {
		const char *date = i ? f->date_to : f->date_from;
		if (date && (strlen(date) != 10 || strspn(date, "0123456789-") != 10))
			BUG("a date that is none");
		const int64_t *minor = i ? f->minor_to : f->minor_from;
		if (minor && (*minor > 1000000000000000000 || *minor < -1000000000000000000))
			BUG("an amount out of all bounds");
	}
}

/* What a list says of where it goes on is taken, and means the same. */
static void
expect_same(const struct document_cursor *c, struct arena *mem)
{
	OWNED(buf_free) struct buf out = buf_init(KIB);
	const struct document last = {.id = c->id, .date = c->date};
	struct document_cursor again;
	struct why why;
	document_cursor_write(&out, &last, SORT_DATE);
	buf_putc(&out, '\0');
	must(document_cursor_parse(out.data, mem, &again, &why), &why);
	if (!uuid_equal(again.id, c->id) || strcmp(again.date, c->date) != 0)
		BUG("a cursor that changes on its way");
}

/* As it went out it comes back: two that look different are two places. */
static void
expect_ours(const char *text, const struct document_cursor *c)
{
	OWNED(buf_free) struct buf out = buf_init(KIB);
	const struct document last = {.id = c->id, .date = c->date};
	document_cursor_write(&out, &last, strchr(text, '.') ? SORT_DATE : SORT_ADDED);
	buf_putc(&out, '\0');
	if (strcasecmp(out.data, text) != 0)
		BUG("a cursor that this service never gave: %s is %s", text, out.data);
}

static void
expect_hit(const struct text_hit *h)
{
	expect_text(h->text, SIZE_MAX - 1, true);
	for (size_t i = 0; i < h->n_marks; i++)
		if (!h->text || h->marks[i].start + h->marks[i].len > strlen(h->text))
			BUG("a mark outside of its text");
}

static void
expect_found(const struct document_filter *f, const struct found_document *found)
{
	const struct document *d = &found->d;
	if (f->currency && (!d->currency || strcmp(d->currency, f->currency) != 0))
		BUG("another currency");
	if (f->doc_type && (!d->doc_type || strcmp(d->doc_type, f->doc_type) != 0))
		BUG("another type");
	if ((f->date_from && (!d->date || strcmp(d->date, f->date_from) < 0)) ||
	    (f->date_to && (!d->date || strcmp(d->date, f->date_to) > 0)))
		BUG("another time");
	if ((d->trashed_ms != 0) != f->trash)
		BUG("from the other side of the trash");
	expect_hit(&found->hit);
}

/* From there to the end: nothing is told twice, and what is told was asked for. */
static void
walk(const struct document_filter *f, struct document_cursor at, int32_t limit, struct arena *mem)
{
	struct uuid seen[ARRAY_LEN(papers)];
	size_t n_seen = 0;
	for (bool more = true; more;) {
		struct found_page page;
		struct why why;
		must(storage_document_find(st, owner, f, &at, limit, mem, &page, &why), &why);
		if (page.n > (size_t)limit || (page.more && page.n == 0))
			BUG("a page that is none");
		for (size_t i = 0; i < page.n; i++) {
			const struct document *d = &page.documents[i].d;
			for (size_t k = 0; k < n_seen; k++)
				if (uuid_equal(seen[k], d->id))
					BUG("told twice");
			seen[n_seen++] = d->id;
			expect_found(f, &page.documents[i]);
			at = (struct document_cursor){.id = d->id, .date = d->date ? d->date : ""};
		}
		if (page.n > 0)
			expect_same(&at, mem);
		more = page.more;
	}
}

static void
read_query(struct request *rq)
{
	struct document_query q;
	struct document_cursor at;
	struct uuid before;
	struct why why;
	int32_t page;
	int64_t limit = 50, n;
	if (request_page(rq, &before, &page, &why) == ERR_NONE && (page < 1 || page > 200))
		BUG("a page of %d", page);
	if (request_query_int(rq, "cursor", 1, INT64_MAX, 0, &n, &why) == ERR_NONE && n < 0)
		BUG("a number out of its bounds");
	if (request_query_int(rq, "limit", 1, 200, 50, &limit, &why) != ERR_NONE)
		limit = 2;
	const char *cursor = request_query(rq, "cursor");
	enum err e = document_cursor_read(rq, &at, &why);
	if (e == ERR_NONE && cursor)
		expect_ours(cursor, &at);
	if (e == ERR_NONE)
		e = document_query_read(rq, &q, &why);
	if (e == ERR_INVALID) {
		expect_text(why.text, sizeof why.text, false);
		return;
	}
	must(e, &why);
	expect_filter(&q.filter);
	walk(&q.filter, at, (int32_t)limit, rq->mem);
}

static void
read_path(const char *path)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT"};
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		struct route_match m;
		route_find(methods[i], path, &m);
		if (strnlen(m.word, sizeof m.word) == sizeof m.word ||
		    strnlen(m.allow, sizeof m.allow) == sizeof m.allow)
			BUG("a word without an end");
		if (m.n < 0 || (m.route && m.path_known))
			BUG("an address that is there and is not");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 8 * KIB)
		return 0;
	if (!st)
		furnish();
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", REQUEST_MEMORY_MAX);
	struct request rq = {.mem = mem};
	char *path = arena_strndup(mem, (const char *)data, size);
	char *query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	(void)MHD_http_unescape(path);
	read_path(path);
	take_apart(query);
	read_query(&rq);
	return 0;
}
