/* What a person does with read documents: corrects, finds, names, tags them, lets go of them. */
#include "conformance_world.h"

#include "audit.h"
#include "library.h"

#include "own.h"

static const struct job *
read_one(struct world *w, struct uuid user)
{
	const struct job *j = put_job(w, user, "bytes");
	settle(w, claim_one(w), "{}");
	return j;
}

static const struct result *
result_of(struct world *w, struct uuid user, struct uuid job)
{
	const struct result *r;
	OK(storage_result_get(w->st, user, job, w->mem, &r, &w->why));
	return r;
}

static const struct document *
document_of(struct world *w, struct uuid user, struct uuid id)
{
	const struct document *d;
	OK(storage_document_get(w->st, user, id, w->mem, &d, &w->why));
	return d;
}

static enum err
correct_total(struct world *w, struct uuid user, struct uuid job, int64_t version, const char *amount)
{
	const struct correction_change change = {.path = "total",
	                                         .undo = !amount,
	                                         .before = "{\"minor\":900}",
	                                         .after = amount,
	                                         .region = "{\"page\":1}",
	                                         .fact = LIST_TOTAL,
	                                         .fact_value = amount,
	                                         .fact_currency = "EUR"};
	const struct correct o = {.user = user,
	                          .job = job,
	                          .version = version,
	                          .changes = &change,
	                          .n = 1,
	                          .facts = {.doc_type = "receipt",
	                                    .merchant = "Пятёрочка",
	                                    .date = "2026-11-23",
	                                    .total = amount ? amount : "9.00",
	                                    .currency = amount ? "EUR" : "RUB"},
	                          .request_id = "r-2"};
	return storage_correct(w->st, &o, &w->why);
}

static void
a_correction_is_in_force_until_it_is_undone(void **state)
{
	struct world *w = *state;
	const struct job *j = read_one(w, w->ann);
	const struct result *r = result_of(w, w->ann, j->id);
	struct correction_list mine;
	assert_int_equal(r->corrections.n, 0);
	OK(storage_corrections(w->st, w->ann, 10, w->mem, &mine, &w->why));
	assert_int_equal(mine.n, 0);
	assert_int_equal(mine.version, 0);

	OK(correct_total(w, w->ann, j->id, r->version, "9.50"));
	const struct result *now = result_of(w, w->ann, j->id);
	assert_true(now->version > r->version);
	assert_string_equal(now->json, r->json);
	assert_int_equal(now->corrections.n, 1);
	assert_string_equal(now->corrections.list[0].path, "total");
	assert_string_equal(now->corrections.list[0].after, "9.50");
	assert_string_equal(now->corrections.list[0].before, "{\"minor\":900}");
	assert_string_equal(now->corrections.list[0].region, "{\"page\":1}");
	assert_string_equal(document_of(w, w->ann, j->document_id)->total, "9.50");
	assert_string_equal(document_of(w, w->ann, j->document_id)->currency, "EUR");

	OK(correct_total(w, w->ann, j->id, now->version, "9.60"));
	now = result_of(w, w->ann, j->id);
	assert_int_equal(now->corrections.n, 1);
	assert_string_equal(now->corrections.list[0].after, "9.60");
	OK(storage_corrections(w->st, w->ann, 10, w->mem, &mine, &w->why));
	assert_int_equal(mine.n, 1);
	assert_int_equal(mine.version, 2);
	assert_true(uuid_equal(mine.list[0].document_id, j->document_id));

	OK(correct_total(w, w->ann, j->id, now->version, NULL));
	assert_int_equal(result_of(w, w->ann, j->id)->corrections.n, 0);
	assert_string_equal(document_of(w, w->ann, j->document_id)->total, "9.00");
	OK(storage_corrections(w->st, w->ann, 0, w->mem, &mine, &w->why));
	assert_int_equal(mine.n, 0);
	assert_int_equal(mine.version, 3);
}

static void
a_correction_of_what_has_changed_since_is_stale(void **state)
{
	struct world *w = *state;
	const struct job *j = read_one(w, w->ann);
	int64_t seen = result_of(w, w->ann, j->id)->version;
	OK(correct_total(w, w->ann, j->id, seen, "9.50"));
	assert_int_equal(correct_total(w, w->ann, j->id, seen, "9.70"), ERR_STALE);
	assert_string_equal(document_of(w, w->ann, j->document_id)->total, "9.50");
}

static void
what_a_person_corrected_is_nobody_elses(void **state)
{
	struct world *w = *state;
	const struct job *j = read_one(w, w->ann);
	struct correction_list list;
	struct blob parsed;
	int64_t seen = result_of(w, w->ann, j->id)->version;
	assert_int_equal(correct_total(w, w->bob, j->id, seen, "1.00"), ERR_ABSENT);
	OK(correct_total(w, w->ann, j->id, seen, "9.50"));
	OK(storage_corrections(w->st, w->bob, 10, w->mem, &list, &w->why));
	assert_int_equal(list.n, 0);
	assert_int_equal(list.version, 0);
	assert_int_equal(storage_parsed_get(w->st, w->bob, j->document_id, &parsed, &w->why), ERR_ABSENT);
	OK(storage_parsed_get(w->st, w->ann, j->document_id, &parsed, &w->why));
	assert_int_equal(parsed.size, strlen("{\"parsed\":1}"));
}

static void
what_was_learnt_of_senders_is_one_persons_and_never_goes_back(void **state)
{
	struct world *w = *state;
	struct sender_memory_row row;
	assert_int_equal(storage_memory_get(w->st, w->ann, w->mem, &row, &w->why), ERR_ABSENT);
	OK(storage_memory_put(w->st, w->ann, &(struct sender_memory_row){.version = 3, .json = "{\"a\":1}"},
	                      &w->why));
	OK(storage_memory_put(w->st, w->ann, &(struct sender_memory_row){.version = 2, .json = "{}"},
	                      &w->why));
	OK(storage_memory_get(w->st, w->ann, w->mem, &row, &w->why));
	assert_int_equal(row.version, 3);
	assert_string_equal(row.json, "{\"a\":1}");
	OK(storage_memory_put(w->st, w->ann, &(struct sender_memory_row){.version = 4}, &w->why));
	OK(storage_memory_get(w->st, w->ann, w->mem, &row, &w->why));
	assert_null(row.json);
	assert_int_equal(storage_memory_get(w->st, w->bob, w->mem, &row, &w->why), ERR_ABSENT);
}

/* ---- finding ---- */

static const struct job *
read_paper(struct world *w, struct uuid user, const char *bytes, const char *merchant, const char *date,
           const char *total, const char *text)
{
	const struct job *j = put_job(w, user, bytes);
	const struct result_row r = {.json = "{}",
	                             .json_len = 2,
	                             .doc_type = "receipt",
	                             .merchant = merchant,
	                             .date = date,
	                             .total = total,
	                             .currency = "EUR",
	                             .text = text};
	OK(storage_settle_done(w->st, claim_one(w), &r, &w->why));
	return j;
}

static struct found_page
find(struct world *w, struct uuid user, const struct document_filter *f)
{
	struct found_page p;
	OK(storage_document_find(w->st, user, f, NULL, 200, w->mem, &p, &w->why));
	return p;
}

static size_t
hits(struct world *w, struct uuid user, const char *text)
{
	const struct document_filter f = {.text = text};
	return find(w, user, &f).n;
}

static void
lists_are_filtered(void **state)
{
	struct world *w = *state;
	const struct job *milk = read_paper(w, w->ann, "1", "Пятёрочка", "2026-11-20", "9.50", "Молоко");
	read_paper(w, w->ann, "2", "Corner Shop", "2026-11-23", "12.00", "Bread");
	const struct job *waiting = put_job(w, w->ann, "3");
	const int64_t ten = 1000, low = 950, high = 1200;
	const enum job_state queued = JOB_QUEUED;
	const struct {
		struct document_filter f;
		size_t n;
	} cases[] = {
	    {{0}, 3},
	    {{.merchant = "пятерочка"}, 1},
	    {{.merchant = "corner SHOP"}, 1},
	    {{.merchant = "Corner"}, 0},
	    {{.doc_type = "receipt"}, 2},
	    {{.doc_type = "invoice"}, 0},
	    {{.date_from = "2026-11-21"}, 1},
	    {{.date_to = "2026-11-20"}, 1},
	    {{.date_from = "2026-11-20", .date_to = "2026-11-23"}, 2},
	    {{.minor_from = &ten}, 1},
	    {{.minor_from = &low, .minor_to = &high}, 2},
	    {{.minor_from = &low, .minor_to = &low}, 1},
	    {{.currency = "EUR"}, 2},
	    {{.currency = "USD"}, 0},
	    {{.state = &queued}, 1},
	    {{.trash = true}, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (find(w, w->ann, &cases[i].f).n != cases[i].n)
			fail_msg("case %zu: %zu", i, find(w, w->ann, &cases[i].f).n);
	assert_int_equal(find(w, w->bob, &(struct document_filter){0}).n, 0);
	struct found_page all = find(w, w->ann, &(struct document_filter){0});
	assert_true(uuid_equal(all.documents[0].d.id, waiting->document_id));
	assert_true(uuid_equal(all.documents[2].d.id, milk->document_id));
}

static void
lists_go_on_where_they_stopped(void **state)
{
	struct world *w = *state;
	static const char *const dates[] = {"2026-01-03", NULL,         "2026-01-01",
	                                    "2026-01-03", "2026-01-02", NULL};
	for (size_t i = 0; i < ARRAY_LEN(dates); i++)
		read_paper(w, w->ann, "x", "Shop", dates[i], "1.00", "milk");
	const struct document_filter filters[] = {{0}, {.sort = SORT_DATE}, {.text = "milk"}};
	for (size_t k = 0; k < ARRAY_LEN(filters); k++) {
		struct document_cursor after = {.date = ""};
		struct uuid seen[8];
		size_t n = 0;
		for (bool more = true; more;) {
			struct found_page p;
			OK(storage_document_find(w->st, w->ann, &filters[k], &after, 2, w->mem, &p, &w->why));
			for (size_t i = 0; i < p.n; i++) {
				for (size_t m = 0; m < n; m++)
					assert_false(uuid_equal(seen[m], p.documents[i].d.id));
				const char *date = p.documents[i].d.date ? p.documents[i].d.date : "";
				if (filters[k].sort == SORT_DATE && n > 0)
					assert_true(strcmp(date, after.date) <= 0);
				seen[n++] = p.documents[i].d.id;
				after = (struct document_cursor){p.documents[i].d.id, date};
			}
			more = p.more;
		}
		assert_int_equal(n, ARRAY_LEN(dates));
	}
}

static void
words_are_found_in_all_their_forms(void **state)
{
	struct world *w = *state;
	read_paper(w, w->ann, "1", "Пятёрочка", NULL, NULL, "Молоко 3,2%\nИтого 129.90");
	read_paper(w, w->ann, "2", "Corner Shop", NULL, NULL, "Invoices for milk\nCORNER of the shop");
	read_paper(w, w->bob, "3", "Corner Shop", NULL, NULL, "milk");
	static const struct {
		const char *query;
		size_t n;
	} cases[] = {
	    {"молока", 1},
	    {"МОЛОКОМ", 1},
	    {"пятерочка", 1},
	    {"пятёрочки", 1},
	    {"мол", 1},
	    {"мол молоко", 0},
	    {"мол* молоко", 1},
	    {"invoice", 1},
	    {"invo", 1},
	    {"milk shop", 1},
	    {"\"corner shop\"", 1},
	    {"\"shop corner\"", 0},
	    {"129.90", 1},
	    {"milk -invoice", 0},
	    {"milk -bread", 1},
	    {"receipt.jpg", 2},
	    {"-milk", 0},
	    {"", 0},
	    {"\"", 0},
	    {"(", 0},
	    {"milk OR x", 0},
	    {"owner:milk", 0},
	    {"milk*\"", 1},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (hits(w, w->ann, cases[i].query) != cases[i].n)
			fail_msg("%s: %zu", cases[i].query, hits(w, w->ann, cases[i].query));
	assert_int_equal(hits(w, w->bob, "milk"), 1);
	const struct document_filter f = {.text = "молоко"};
	struct found_page p = find(w, w->ann, &f);
	assert_string_equal(p.documents[0].hit.text, "Молоко 3,2%\nИтого 129.90");
	assert_int_equal(p.documents[0].hit.n_marks, 1);
	assert_int_equal(p.documents[0].hit.marks[0].len, strlen("Молоко"));
}

static void
the_same_paper_twice_is_linked(void **state)
{
	struct world *w = *state;
	const struct job *first = read_paper(w, w->ann, "same", "Shop", "2026-01-01", "1.00", "a");
	const struct job *bytes = read_paper(w, w->ann, "same", "Other", "2026-01-02", "2.00", "b");
	const struct job *facts = read_paper(w, w->ann, "photo", "SHOP", "2026-01-01", "1", "c");
	read_paper(w, w->ann, "else", "Shop", "2026-01-01", "1.01", "d");
	read_paper(w, w->bob, "same", "Shop", "2026-01-01", "1.00", "e");
	const struct duplicate *d;
	size_t n;
	OK(storage_document_duplicates(w->st, w->ann, first->document_id, w->mem, &d, &n, &w->why));
	assert_int_equal(n, 2);
	assert_true(uuid_equal(d[0].id, bytes->document_id) && d[0].same_bytes);
	assert_true(uuid_equal(d[1].id, facts->document_id) && !d[1].same_bytes);
	struct found_page p = find(w, w->ann, &(struct document_filter){0});
	assert_int_equal(p.n, 4);
	assert_true(uuid_is_nil(p.documents[0].duplicate_of));
	assert_true(uuid_equal(p.documents[1].duplicate_of, first->document_id));
	assert_true(uuid_equal(p.documents[2].duplicate_of, first->document_id));
	assert_true(uuid_is_nil(p.documents[3].duplicate_of));
}

/* ---- changing ---- */

static void
names_notes_and_tags_are_kept_and_found(void **state)
{
	struct world *w = *state;
	const struct job *j = read_paper(w, w->ann, "1", "Shop", "2026-01-01", "1.00", "milk");
	static const char *const tags[] = {"Налоги 2026", "home", "HOME"};
	const struct document *d;
	struct document_change ch = {DOCUMENT_CHANGE_NONE, .title = "Холодильник", .note = "гарантия",
	                             .tags = tags, .n_tags = ARRAY_LEN(tags)};
	OK(storage_document_change(w->st, w->ann, j->document_id, &ch, w->mem, &d, &w->why));
	assert_string_equal(d->title, "Холодильник");
	assert_string_equal(d->note, "гарантия");
	assert_string_equal(d->tags, "HOME\nНалоги 2026");
	assert_string_equal(d->file_name, "receipt.jpg");
	assert_int_equal(hits(w, w->ann, "холодильника"), 1);
	assert_int_equal(hits(w, w->ann, "гарантии"), 1);
	assert_int_equal(hits(w, w->ann, "налог"), 1);
	const struct document_filter f = {.tags = {"налоги 2026", "Home"}, .n_tags = 2};
	assert_int_equal(find(w, w->ann, &f).n, 1);
	assert_int_equal(find(w, w->bob, &f).n, 0);

	int64_t seen = d->version;
	ch =
	    (struct document_change){DOCUMENT_CHANGE_NONE, .remove_tag = "home", .add_tag = "x", .title = ""};
	ch.version = seen - 1;
	assert_int_equal(storage_document_change(w->st, w->ann, j->document_id, &ch, w->mem, &d, &w->why),
	                 ERR_STALE);
	ch.version = seen;
	OK(storage_document_change(w->st, w->ann, j->document_id, &ch, w->mem, &d, &w->why));
	assert_null(d->title);
	assert_string_equal(d->tags, "x\nНалоги 2026");
	assert_int_equal(hits(w, w->ann, "холодильник"), 0);
	assert_int_equal(hits(w, w->ann, "milk"), 1);
	assert_int_equal(storage_document_change(w->st, w->bob, j->document_id, &ch, w->mem, &d, &w->why),
	                 ERR_ABSENT);
	const struct facet *facets;
	size_t n, types = 0;
	OK(storage_document_facets(w->st, w->ann, w->mem, &facets, &n, &w->why));
	for (size_t i = 0; i < n; i++)
		types += facets[i].kind == FACET_TAG && facets[i].documents == 1;
	assert_int_equal(types, 2);
}

static void
a_digest_tells_what_is_due_spent_on_and_still_to_be_checked(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "bill");
	const struct digest *got;
	const struct document *d;
	size_t n;
	OK(storage_document_digests(w->st, w->ann, w->mem, &got, &n, &w->why));
	assert_int_equal(n, 0);
	settle_asking(w, claim_one(w), "2026-12-24", "fuel", "[\"date\",\"total\"]");
	OK(storage_document_digests(w->st, w->ann, w->mem, &got, &n, &w->why));
	assert_int_equal(n, 1);
	assert_true(uuid_equal(got->document_id, j->document_id) && uuid_equal(got->job_id, j->id));
	assert_string_equal(got->due_date, "2026-12-24");
	assert_string_equal(got->category, "fuel");
	assert_string_equal(got->doubtful, "date\ntotal");
	assert_false(got->paid);

	/* What a person has said is not asked again. */
	struct correction_change changes[] = {
	    {.path = "date", .before = NULL, .after = "{\"normalized\":\"2026-11-01\"}"},
	    {.path = "category", .before = "{}", .after = "{\"normalized\":\"car\"}"},
	    {.path = "due_date", .before = "{}", .after = NULL}};
	struct correct o = {
	    .user = w->ann, .job = j->id, .version = 1, .changes = changes, .n = ARRAY_LEN(changes)};
	OK(storage_correct(w->st, &o, &w->why));
	struct document_change change = {DOCUMENT_CHANGE_NONE, .title = "Petrol", .add_tag = "Paid"};
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	OK(storage_document_digests(w->st, w->ann, w->mem, &got, &n, &w->why));
	assert_string_equal(got->doubtful, "total");
	assert_string_equal(got->category, "car");
	assert_string_equal(got->title, "Petrol");
	assert_null(got->due_date);
	assert_true(got->paid);

	OK(storage_document_digests(w->st, w->bob, w->mem, &got, &n, &w->why));
	assert_int_equal(n, 0);
	change = (struct document_change){DOCUMENT_CHANGE_NONE};
	change.trashed = 1;
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	OK(storage_document_digests(w->st, w->ann, w->mem, &got, &n, &w->why));
	assert_int_equal(n, 0);
}

static void
the_trash_gives_back_until_it_is_emptied(void **state)
{
	struct world *w = *state;
	const struct job *j = read_paper(w, w->ann, "1", "Shop", "2026-01-01", "1.00", "milk");
	const struct document *d;
	struct document_change ch = {DOCUMENT_CHANGE_NONE};
	size_t n;
	ch.trashed = 1;
	OK(storage_document_change(w->st, w->ann, j->document_id, &ch, w->mem, &d, &w->why));
	assert_true(d->trashed_ms > 0);
	assert_int_equal(hits(w, w->ann, "milk"), 0);
	const struct document_filter trash = {.trash = true};
	assert_int_equal(find(w, w->ann, &trash).n, 1);
	OK(storage_trash_empty(w->st, d->trashed_ms, &n, &w->why));
	assert_int_equal(n, 0);
	ch.trashed = 0;
	OK(storage_document_change(w->st, w->ann, j->document_id, &ch, w->mem, &d, &w->why));
	assert_int_equal(hits(w, w->ann, "milk"), 1);
	ch.trashed = 1;
	OK(storage_document_change(w->st, w->ann, j->document_id, &ch, w->mem, &d, &w->why));
	OK(storage_trash_empty(w->st, d->trashed_ms + 1, &n, &w->why));
	assert_int_equal(n, 1);
	assert_int_equal(find(w, w->ann, &trash).n, 0);
}

static void
what_is_deleted_is_gone_with_its_bytes(void **state)
{
	struct world *w = *state;
	const struct job *j = read_one(w, w->ann), *gone;
	const struct document *d = document_of(w, w->ann, j->document_id);
	const struct page_picture *p;
	struct blob parsed;
	int fd = -1;
	OK(correct_total(w, w->ann, j->id, result_of(w, w->ann, j->id)->version, "9.50"));
	OK(storage_page_get(w->st, w->ann, j->document_id, 1, w->mem, &p, &w->why));
	OK(storage_parsed_get(w->st, w->ann, j->document_id, &parsed, &w->why));
	assert_int_equal(storage_document_delete(w->st, w->bob, j->document_id, "r", &w->why), ERR_ABSENT);
	OK(storage_document_delete(w->st, w->ann, j->document_id, "r", &w->why));
	const char *const keys[] = {d->blob.key, p->picture.key, p->thumbnail.key, parsed.key};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_int_equal(blob_open(w->st, keys[i], &fd, &w->why), ERR_ABSENT);
	assert_int_equal(storage_job_get(w->st, w->ann, j->id, w->mem, &gone, &w->why), ERR_ABSENT);
	assert_int_equal(storage_document_get(w->st, w->ann, j->document_id, w->mem, &d, &w->why),
	                 ERR_ABSENT);
	assert_int_equal(hits(w, w->ann, "итого"), 0);
	struct correction_list mine;
	OK(storage_corrections(w->st, w->ann, 10, w->mem, &mine, &w->why));
	assert_int_equal(mine.n, 0);
	assert_int_equal(mine.version, 2);

	/* one that is being read: its worker finds the lease lost */
	j = put_job(w, w->ann, "x");
	const struct claim *c = claim_one(w);
	OK(storage_document_delete(w->st, w->ann, j->document_id, "r", &w->why));
	const struct result_row r = {.json = "{}", .json_len = 2};
	assert_int_equal(storage_settle_done(w->st, c, &r, &w->why), ERR_LEASE_LOST);
}

static void
another_reading_keeps_what_a_person_corrected(void **state)
{
	struct world *w = *state;
	const struct job *j = read_one(w, w->ann), *again, *twice;
	const struct page_picture *old, *new;
	int fd = -1;
	OK(correct_total(w, w->ann, j->id, result_of(w, w->ann, j->id)->version, "9.50"));
	OK(storage_page_get(w->st, w->ann, j->document_id, 1, w->mem, &old, &w->why));
	OK(storage_document_reprocess(w->st, w->ann, j->document_id, "r", w->mem, &again, &w->why));
	assert_false(uuid_equal(again->id, j->id));
	assert_int_equal(again->state, JOB_QUEUED);
	assert_true(uuid_equal(document_of(w, w->ann, j->document_id)->running_job, again->id));
	assert_int_equal(
	    storage_document_reprocess(w->st, w->ann, j->document_id, "r", w->mem, &twice, &w->why),
	    ERR_NOT_FINISHED);
	/* until it is done, what is there stays */
	assert_true(uuid_equal(document_of(w, w->ann, j->document_id)->job_id, j->id));
	assert_int_equal(document_of(w, w->ann, j->document_id)->state, JOB_DONE);
	settle(w, claim_one(w), "{\"second\":1}");
	const struct document *d = document_of(w, w->ann, j->document_id);
	assert_true(uuid_equal(d->job_id, again->id));
	assert_true(uuid_is_nil(d->running_job));
	assert_string_equal(d->total, "9.50");
	const struct result *r = result_of(w, w->ann, again->id);
	assert_string_equal(r->json, "{\"second\":1}");
	assert_int_equal(r->corrections.n, 1);
	assert_int_equal(correct_total(w, w->ann, j->id, result_of(w, w->ann, j->id)->version, "1.00"),
	                 ERR_STALE);
	OK(storage_page_get(w->st, w->ann, j->document_id, 1, w->mem, &new, &w->why));
	assert_string_not_equal(old->picture.key, new->picture.key);
	assert_int_equal(blob_open(w->st, old->picture.key, &fd, &w->why), ERR_ABSENT);
	assert_int_equal(hits(w, w->ann, "итого"), 1);
	assert_int_equal(
	    storage_document_reprocess(w->st, w->bob, j->document_id, "r", w->mem, &twice, &w->why),
	    ERR_ABSENT);
}

static void
fresh_papers_go_before_those_that_are_read_again(void **state)
{
	struct world *w = *state;
	const struct job *old[5], *again;
	enum job_state to;
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		old[i] = read_one(w, w->ann);
	const struct job *bad = put_job(w, w->ann, "bad");
	OK(storage_settle_failed(w->st, claim_one(w), ERR_CORRUPT_FILE, NULL, &to, &w->why));
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		OK(storage_document_reprocess(w->st, w->ann, old[i]->document_id, "r", w->mem, &again,
		                              &w->why));
	OK(storage_document_reprocess(w->st, w->ann, bad->document_id, "r", w->mem, &again, &w->why));
	/* Whether of the same person or of another. */
	struct uuid fresh[] = {put_job(w, w->ann, "fresh")->id, put_job(w, w->bob, "fresh")->id};
	for (size_t i = 0; i < ARRAY_LEN(fresh); i++) {
		const struct claim *c = claim_one(w);
		assert_true(uuid_equal(c->job_id, fresh[0]) || uuid_equal(c->job_id, fresh[1]));
	}
	for (size_t i = 0; i <= ARRAY_LEN(old); i++)
		assert_non_null(claim_one(w));
	assert_null(claim_one(w));
}

static void
a_reading_that_fails_takes_nothing_away(void **state)
{
	struct world *w = *state;
	const struct job *j = read_one(w, w->ann), *again;
	enum job_state to;
	OK(storage_document_reprocess(w->st, w->ann, j->document_id, "r", w->mem, &again, &w->why));
	OK(storage_settle_failed(w->st, claim_one(w), ERR_CORRUPT_FILE, NULL, &to, &w->why));
	const struct document *d = document_of(w, w->ann, j->document_id);
	assert_int_equal(d->state, JOB_DONE);
	assert_true(uuid_equal(d->job_id, j->id));
	/* and one that never succeeded is simply tried again */
	const struct job *bad = put_job(w, w->ann, "bad");
	OK(storage_settle_failed(w->st, claim_one(w), ERR_CORRUPT_FILE, NULL, &to, &w->why));
	OK(storage_document_reprocess(w->st, w->ann, bad->document_id, "r", w->mem, &again, &w->why));
	assert_true(uuid_equal(again->id, bad->id));
}

/* ---- the audit ---- */

static struct audit_page
audit_of(struct world *w, struct uuid user, int64_t before, int32_t limit)
{
	struct audit_page p;
	OK(storage_audit_list(w->st, user, before, limit, w->mem, &p, &w->why));
	return p;
}

static void
the_audit_says_who_did_what_from_where(void **state)
{
	struct world *w = *state;
	storage_acts_for("192.0.2.7");
	const struct job *j = read_one(w, w->ann);
	OK(correct_total(w, w->ann, j->id, result_of(w, w->ann, j->id)->version, "9.50"));
	storage_acts_for(NULL);
	char id[UUID_TEXT_LEN];
	uuid_text(j->id, id);
	struct audit_page mine = audit_of(w, w->ann, 0, 200);
	const struct audit_entry *e = &mine.entries[0];
	assert_string_equal(e->action, "result.corrected");
	assert_string_equal(e->object, id);
	assert_string_equal(e->detail, "total");
	assert_string_equal(e->address, "192.0.2.7");
	assert_string_equal(e->request_id, "r-2");
	assert_true(uuid_equal(e->user_id, w->ann));
	OK(correct_total(w, w->ann, j->id, result_of(w, w->ann, j->id)->version, NULL));
	assert_string_equal(audit_of(w, w->ann, 0, 1).entries[0].detail, "-total"); /* undone */
	for (size_t i = 0; i < audit_of(w, w->bob, 0, 200).n; i++)
		assert_true(uuid_equal(audit_of(w, w->bob, 0, 200).entries[i].user_id, w->bob));
	struct audit_page first = audit_of(w, w->ann, 0, 1);
	assert_true(first.more);
	assert_true(audit_of(w, w->ann, first.entries[0].n, 1).entries[0].n < first.entries[0].n);
	assert_true(audit_of(w, (struct uuid){{0}}, 0, 200).n > mine.n);
}

static void
whatever_a_person_changes_is_noted_with_the_address(void **state)
{
	struct world *w = *state;
	const struct user *u;
	const struct job *j;
	const int64_t before = audit_of(w, (struct uuid){{0}}, 0, 1).entries[0].n;
	const struct webhook hook = {
	    .id = uuid_new(), .user_id = w->ann, .url = "https://example.org", .secret = "s", .events = 1};
	storage_acts_for("192.0.2.9");
	j = put_job(w, w->ann, "x");
	OK(storage_job_cancel(w->st, w->ann, j->id, w->mem, &j, &w->why));
	OK(storage_job_retry(w->st, w->ann, j->id, w->mem, &j, &w->why));
	OK(storage_user_create(w->st, "carl@example.org", "h", "en", w->mem, &u, &w->why));
	begin_session(w, w->ann, 9, 60000, 60000);
	OK(storage_session_end_others(w->st, w->ann, NULL, &w->why));
	OK(storage_webhook_create(w->st, &hook, &w->why));
	OK(storage_webhook_end(w->st, w->ann, hook.id, &w->why));
	OK(storage_export_begin(w->st, w->ann, &w->why));
	storage_acts_for(NULL);
	struct audit_page all = audit_of(w, (struct uuid){{0}}, 0, 200);
	size_t n = 0;
	for (; n < all.n && all.entries[n].n > before; n++) {
		if (!all.entries[n].address)
			fail_msg("%s has no address", all.entries[n].action);
	}
	assert_int_equal(n, 9);
}

static void
reads_are_noted_once_in_a_while(void **state)
{
	struct world *w = *state;
	size_t before = audit_of(w, w->ann, 0, 200).n;
	for (int i = 0; i < 5; i++)
		OK(storage_audit_read(w->st, w->ann, "original.read", "a", "r-3", &w->why));
	OK(storage_audit_read(w->st, w->ann, "original.read", "b", NULL, &w->why));
	OK(storage_audit_read(w->st, w->bob, "original.read", "a", NULL, &w->why));
	OK(storage_ready(w->st, &w->why)); /* comes after what was noted */
	assert_int_equal(audit_of(w, w->ann, 0, 200).n, before + 2);
}

static void
the_audit_holds_together(void **state)
{
	struct world *w = *state;
	struct audit_proof proof, later;
	(void)read_one(w, w->ann);
	OK(storage_audit_verify(w->st, &proof, &w->why));
	assert_true(proof.entries >= 4);
	assert_int_equal(proof.broken_n, 0);
	assert_int_equal(proof.unchained, 0);
	reopen(w);
	(void)put_job(w, w->bob, "more");
	OK(storage_audit_verify(w->st, &later, &w->why));
	assert_int_equal(later.entries, proof.entries + 1);
	assert_int_equal(later.broken_n, 0);
	assert_string_not_equal(later.last_hash, proof.last_hash);
}

static const char *
one_due_date(struct world *w)
{
	const struct due_date *d;
	size_t n;
	OK(storage_due_dates(w->st, w->ann, w->mem, &d, &n, &w->why));
	assert_true(n < 2);
	return n ? d[0].date : NULL;
}

static void
due_dates_are_as_corrected_and_not_paid_or_in_the_trash(void **state)
{
	struct world *w = *state;
	const struct job *j = put_job(w, w->ann, "bill");
	const struct document *d;
	assert_null(one_due_date(w));
	settle_asking(w, claim_one(w), "2026-12-24", NULL, NULL);
	assert_string_equal(one_due_date(w), "2026-12-24");

	struct correction_change c = {
	    .path = "due_date", .before = "{}", .after = "{\"normalized\":\"2027-01-01\"}"};
	struct correct o = {.user = w->ann, .job = j->id, .version = 1, .changes = &c, .n = 1};
	OK(storage_correct(w->st, &o, &w->why));
	assert_string_equal(one_due_date(w), "2027-01-01");
	c.after = NULL;
	o.version = 2;
	OK(storage_correct(w->st, &o, &w->why));
	assert_null(one_due_date(w));
	c.undo = true;
	o.version = 3;
	OK(storage_correct(w->st, &o, &w->why));
	assert_string_equal(one_due_date(w), "2026-12-24");

	struct document_change change = {DOCUMENT_CHANGE_NONE, .add_tag = "Оплачено"};
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	assert_null(one_due_date(w));
	change = (struct document_change){DOCUMENT_CHANGE_NONE, .remove_tag = "оплачено"};
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	assert_string_equal(one_due_date(w), "2026-12-24");

	change = (struct document_change){DOCUMENT_CHANGE_NONE};
	change.trashed = 1;
	OK(storage_document_change(w->st, w->ann, j->document_id, &change, w->mem, &d, &w->why));
	assert_null(one_due_date(w));
}

int
library_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_correction_is_in_force_until_it_is_undone),
	    T(a_correction_of_what_has_changed_since_is_stale),
	    T(what_a_person_corrected_is_nobody_elses),
	    T(lists_are_filtered),
	    T(lists_go_on_where_they_stopped),
	    T(words_are_found_in_all_their_forms),
	    T(the_same_paper_twice_is_linked),
	    T(names_notes_and_tags_are_kept_and_found),
	    T(a_digest_tells_what_is_due_spent_on_and_still_to_be_checked),
	    T(the_trash_gives_back_until_it_is_emptied),
	    T(what_is_deleted_is_gone_with_its_bytes),
	    T(another_reading_keeps_what_a_person_corrected),
	    T(fresh_papers_go_before_those_that_are_read_again),
	    T(a_reading_that_fails_takes_nothing_away),
	    T(the_audit_says_who_did_what_from_where),
	    T(whatever_a_person_changes_is_noted_with_the_address),
	    T(reads_are_noted_once_in_a_while),
	    T(the_audit_holds_together),
	    T(due_dates_are_as_corrected_and_not_paid_or_in_the_trash),
	    T(what_was_learnt_of_senders_is_one_persons_and_never_goes_back),
	};
	return cmocka_run_group_tests_name("storage conformance: the library", tests, NULL, NULL);
}
