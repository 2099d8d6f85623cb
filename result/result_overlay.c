/* Corrections laid over what was read, and what follows from them: checks, review, facts. */
#include "clock.h"
#include "json_own.h"
#include "own.h"
#include "result.h"

#include <string.h>

struct result_facts
result_facts(const json_t *result)
{
	const json_t *fields = json_object_get(result, "fields");
	const json_t *money = json_object_get(json_object_get(fields, "total"), "normalized");
	const json_t *merchant = json_object_get(fields, "merchant_name");
	const json_t *date = json_object_get(fields, "date");
	/* normalized where that is a text, else as printed */
	const char *name = json_get_str(merchant, "normalized"), *day = json_get_str(date, "normalized");
	return (struct result_facts){
	    .doc_type = json_get_str(json_object_get(result, "doc_type"), "value"),
	    .merchant = name ? name : json_get_str(merchant, "value"),
	    .date = day ? day : json_get_str(date, "value"),
	    .total = json_get_str(money, "amount"),
	    .currency = json_get_str(money, "currency"),
	    .due_date = json_get_str(json_object_get(fields, "due_date"), "normalized"),
	    .category = json_get_str(json_object_get(fields, "category"), "normalized")};
}

static void
lay_over(json_t *result, const struct result_correction *c, json_t *told, json_t *cleared)
{
	enum value_type type;
	json_t *holder = result_field_type(c->path, &type) ? json_object_get(result, "fields") : result;
	char at[CLOCK_TEXT_LEN];
	clock_text(c->made_ms, at);
	json_t *original = json_object_get(holder, c->path);
	json_array_append_new(
	    told, json_pack("{s:s, s:s, s:O?}", "path", c->path, "made_at", at, "original", original));
	if (!json_is_null(c->after)) {
		json_object_set_new(holder, c->path, json_deep_copy(c->after));
		return;
	}
	json_object_del(holder, c->path);
	json_array_append_new(cleared, json_string(c->path));
}

/* What was doubted of the pages stays so, whatever a person says of the fields. */
static bool
had_reason(const json_t *result, const char *reason)
{
	const json_t *reasons = json_object_get(json_object_get(result, "review"), "reasons");
	size_t i;
	json_t *v;
	json_array_foreach((json_t *)reasons, i, v)
	{
		if (json_is_string(v) && strcmp(json_string_value(v), reason) == 0)
			return true;
	}
	return false;
}

void
result_overlay(json_t *result, const struct result_correction *c, size_t n, const char *today)
{
	json_t *told = json_array();
	OWNED(json_release) json_t *cleared = json_array();
	if (!json_is_object(json_object_get(result, "fields")))
		json_object_set_new(result, "fields", json_object());
	for (size_t i = 0; i < n; i++)
		lay_over(result, &c[i], told, cleared);
	json_object_set_new(result, "corrections", told);
	if (n == 0)
		return; /* checks and review are as the worker wrote them */
	const json_t *fields = json_object_get(result, "fields");
	json_t *checks = result_checks(fields, json_object_get(result, "line_items"), today);
	const struct result_doubts doubts = {.poor_picture = had_reason(result, "poor_picture"),
	                                     .no_text = had_reason(result, "no_text"),
	                                     .cleared = cleared};
	json_object_set_new(result, "review",
	                    result_review(json_get_str(json_object_get(result, "doc_type"), "value"), fields,
	                                  checks, &doubts));
	json_object_set_new(result, "checks", checks);
}
