/* What a person does with read documents: corrects them. */
#include "conformance_world.h"

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
	OK(storage_document_corrections(w->st, w->ann, j->document_id, w->mem, &mine, &w->why));
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
	OK(storage_document_corrections(w->st, w->bob, j->document_id, w->mem, &list, &w->why));
	assert_int_equal(list.n, 0);
	assert_int_equal(storage_parsed_get(w->st, w->bob, j->document_id, &parsed, &w->why), ERR_ABSENT);
	OK(storage_parsed_get(w->st, w->ann, j->document_id, &parsed, &w->why));
	assert_int_equal(parsed.size, strlen("{\"parsed\":1}"));
}

int
library_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_correction_is_in_force_until_it_is_undone),
	    T(a_correction_of_what_has_changed_since_is_stale),
	    T(what_a_person_corrected_is_nobody_elses),
	};
	return cmocka_run_group_tests_name("storage conformance: the library", tests, NULL, NULL);
}
