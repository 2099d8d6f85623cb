/* Checks of a result against itself, and what a person should look at again. */
#include "result.h"

#include "json_own.h"
#include "own.h"

#include <string.h>

#define FIRST_DATE    "1990-01-01"
#define SUM_TOLERANCE 5 /* minor units: cash is rounded to 5 sen, 5 Rappen, 5 cents */

static const json_t *
normalized(const json_t *fields, const char *name)
{
	return json_object_get(json_object_get(fields, name), "normalized");
}

static void
add(json_t *checks, const char *id, bool ok)
{
	json_array_append_new(checks, json_pack("{s:s, s:b}", "id", id, "ok", ok));
}

/* Dates in this form compare as texts. */
static void
check_date(json_t *checks, const json_t *fields, const char *today)
{
	const char *date = json_string_value(normalized(fields, "date"));
	if (!date)
		return;
	add(checks, "date_not_future", strcmp(date, today) <= 0);
	add(checks, "date_plausible", strcmp(date, FIRST_DATE) >= 0);
}

static bool
minor_of(const json_t *money, int64_t *ret)
{
	const json_t *minor = json_object_get(money, "minor");
	if (!json_is_integer(minor))
		return false;
	*ret = json_integer_value(minor);
	return true;
}

static void
check_total(json_t *checks, const json_t *fields)
{
	int64_t total;
	if (minor_of(normalized(fields, "total"), &total))
		add(checks, "total_not_zero", total != 0);
}

/* The amounts of all line items, if each has one. */
static bool
sum_items(const json_t *items, int64_t *ret)
{
	int64_t sum = 0, minor;
	size_t i;
	json_t *item;
	json_array_foreach(items, i, item)
	{
		const json_t *amount = json_object_get(item, "amount");
		if (!minor_of(json_object_get(amount, "normalized"), &minor) ||
		    __builtin_add_overflow(sum, minor, &sum))
			return false;
	}
	*ret = sum;
	return i > 0;
}

static bool
is_small(int64_t delta)
{
	return delta >= -SUM_TOLERANCE && delta <= SUM_TOLERANCE;
}

/* What rows add up to: what is before tax, if that is said, or else the total, or that without its tax. */
static void
check_items(json_t *checks, const json_t *fields, const json_t *items)
{
	int64_t sum, wanted, tax, delta, before;
	const char *of = "subtotal";
	if (!sum_items(items, &sum))
		return;
	if (!minor_of(normalized(fields, of), &wanted)) {
		of = "total";
		if (!minor_of(normalized(fields, of), &wanted))
			return;
	}
	if (__builtin_sub_overflow(sum, wanted, &delta))
		return;
	if (strcmp(of, "total") == 0 && minor_of(normalized(fields, "tax"), &tax) &&
	    !__builtin_add_overflow(delta, tax, &before) && is_small(before)) {
		of = "total_before_tax";
		delta = before;
	}
	json_array_append_new(checks,
	                      json_pack("{s:s, s:b, s:s, s:I}", "id", "items_sum", "ok", (int)is_small(delta),
	                                "of", of, "delta_minor", (json_int_t)delta));
}

json_t *
result_checks(const json_t *fields, const json_t *line_items, const char *today)
{
	json_t *checks = json_array();
	check_date(checks, fields, today);
	check_total(checks, fields);
	check_items(checks, fields, line_items);
	return checks;
}

/* ---- the review ---- */

static void
add_once(json_t *list, const char *word)
{
	size_t i;
	json_t *have;
	json_array_foreach(list, i, have)
	{
		if (strcmp(json_string_value(have), word) == 0)
			return;
	}
	json_array_append_new(list, json_string(word));
}

static const char *const expected_of_receipt[] = {"merchant_name", "date", "total", NULL};

static bool
listed(const json_t *list, const char *name)
{
	size_t i;
	json_t *v;
	json_array_foreach((json_t *)list, i, v)
	{
		if (strcmp(json_string_value(v), name) == 0)
			return true;
	}
	return false;
}

static bool
said_by_person(const json_t *fields, const json_t *cleared, const char *name)
{
	const char *source = json_get_str(json_object_get(fields, name), "source");
	return (source && strcmp(source, "user") == 0) || listed(cleared, name);
}

static void
doubt_fields(json_t *reasons, json_t *doubtful, const char *doc_type, const json_t *fields,
             const json_t *cleared)
{
	const char *name;
	json_t *field;
	json_object_foreach((json_t *)fields, name, field)
	{
		const char *band = json_get_str(field, "band");
		if (band && strcmp(band, "low") == 0) {
			add_once(reasons, "low_confidence");
			add_once(doubtful, name);
		}
	}
	bool receipt = doc_type && strcmp(doc_type, "receipt") == 0;
	for (const char *const *want = expected_of_receipt; receipt && *want; want++) {
		if (!json_object_get(fields, *want) && !listed(cleared, *want)) {
			add_once(reasons, "missing_field");
			add_once(doubtful, *want);
		}
	}
}

static void
doubt_checks(json_t *reasons, json_t *doubtful, const json_t *fields, const json_t *checks,
             const json_t *cleared)
{
	size_t i;
	json_t *check;
	json_array_foreach(checks, i, check)
	{
		const char *id = json_get_str(check, "id");
		const char *name = strncmp(id, "date_", 5) == 0 ? "date" : "total";
		if (json_is_true(json_object_get(check, "ok")) || said_by_person(fields, cleared, name))
			continue;
		add_once(reasons, "check_failed");
		add_once(doubtful, name);
	}
}

json_t *
result_review(const char *doc_type, const json_t *fields, const json_t *checks, const struct result_doubts *d)
{
	json_t *reasons = json_array(), *doubtful = json_array();
	doubt_fields(reasons, doubtful, doc_type, fields, d->cleared);
	doubt_checks(reasons, doubtful, fields, checks, d->cleared);
	if (d->poor_picture)
		add_once(reasons, "poor_picture");
	if (d->no_text)
		add_once(reasons, "no_text");
	return json_pack("{s:b, s:o, s:o}", "needed", (int)(json_array_size(reasons) > 0), "reasons", reasons,
	                 "fields", doubtful);
}
