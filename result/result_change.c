/* A person's wish to change a result, checked and made into what will be laid over it. */
#include "json_own.h"
#include "own.h"
#include "result_values.h"

#include <string.h>

static const struct {
	const char *name;
	enum value_type type;
} item_parts[] = {
#define X(name, type) {name, VALUE_##type},
#include "item_parts.tbl.h"
#undef X
};

void
result_changes_free(struct result_changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		json_decref(c->list[i].after);
		json_decref(c->list[i].before);
		json_decref(c->list[i].region);
	}
	free(c->list);
	*c = (struct result_changes){0};
}

/* Takes `after`; borrows the rest. */
static enum err
add(struct result_changes *c, const char *path, json_t *after, json_t *before, json_t *region,
    struct why *why)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->list[i].path, path) == 0) {
			json_decref(after);
			return fail(why, ERR_INVALID, "%s: changed twice in one request", path);
		}
	if (c->n == RESULT_CHANGES_MAX) {
		json_decref(after);
		return fail(why, ERR_INVALID, "at most %d changes in one request", RESULT_CHANGES_MAX);
	}
	c->list[c->n++] = (struct result_change){.path = path,
	                                         .undo = !after,
	                                         .after = after,
	                                         .before = json_incref(before),
	                                         .region = json_incref(region)};
	return ERR_NONE;
}

static json_t *
field_of(const json_t *shown, const char *name)
{
	return json_object_get(json_object_get(shown, "fields"), name);
}

/* Of a sum that names none: the one it replaces, the total's, the paper's. */
static const char *
currency_of(const json_t *shown, const json_t *replaced)
{
	const json_t *money = json_object_get(replaced, "normalized");
	if (!json_is_object(money))
		money = json_object_get(field_of(shown, "total"), "normalized");
	const char *currency = json_get_str(money, "currency");
	return currency ? currency : json_get_str(field_of(shown, "currency"), "normalized");
}

static enum err
members_are(const json_t *o, const char *where, const char *const *known, struct why *why)
{
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)o, key, v)
	{
		bool found = false;
		for (const char *const *k = known; *k && !found; k++)
			found = strcmp(*k, key) == 0;
		if (!found)
			return fail(why, ERR_INVALID, "%s: there is no member \"%.40s\"", where, key);
	}
	return ERR_NONE;
}

/* ---- fields ---- */

static enum err
change_field(const char *name, json_t *given, const json_t *shown, struct result_changes *ret,
             struct why *why)
{
	static const char *const members[] = {"value", "region", NULL};
	enum value_type type;
	json_t *before = field_of(shown, name), *value = NULL, *normalized = NULL;
	if (!result_field_type(name, &type))
		return fail(why, ERR_INVALID, "fields: there is no field \"%.40s\"", name);
	if (json_is_null(given))
		return add(ret, name, json_null(), before, NULL, why);
	if (!json_is_object(given))
		return fail(why, ERR_INVALID, "%s: {\"value\": ...} or null", name);
	TRY(members_are(given, name, members, why));
	json_t *region = json_object_get(given, "region");
	if (region && !json_is_null(region))
		TRY(region_check(name, region, why));
	else
		region = NULL;
	TRY(value_read(type, name, json_object_get(given, "value"), currency_of(shown, before), &value,
	               &normalized, why));
	json_t *after = json_pack(
	    "{s:s, s:o, s:o, s:f, s:s, s:s, s:o, s:o}", "type", value_type_name(type), "value", value,
	    "normalized", normalized, "confidence", 1.0, "band", "high", "source", "user", "regions",
	    region ? json_pack("[O]", region) : json_array(), "alternatives", json_array());
	if (!after)
		return fail(why, ERR_INVALID, "%s: no UTF-8", name);
	return add(ret, name, after, before, region, why);
}

static enum err
change_fields(const json_t *given, const json_t *shown, struct result_changes *ret, struct why *why)
{
	const char *name;
	json_t *v;
	if (!json_is_object(given))
		return fail(why, ERR_INVALID, "fields: must be an object");
	json_object_foreach((json_t *)given, name, v) TRY(change_field(name, v, shown, ret, why));
	return ERR_NONE;
}

static enum err
change_doc_type(const json_t *given, const json_t *shown, struct result_changes *ret, struct why *why)
{
	const char *name = json_string_value(given);
	if (!name || !result_is_doc_type(name))
		return fail(why, ERR_INVALID, "doc_type: there is no such kind of paper");
	json_t *after = json_pack("{s:s, s:f, s:s, s:s, s:o}", "value", name, "confidence", 1.0, "band",
	                          "high", "source", "user", "alternatives", json_array());
	return add(ret, "doc_type", after, json_object_get(shown, "doc_type"), NULL, why);
}

/* ---- line items ---- */

/* The item that `given` goes on from, as a copy of its own; empty when it is new. */
static enum err
item_before(const json_t *given, size_t at, const json_t *shown, uint8_t *used, json_t **ret, struct why *why)
{
	const json_t *of = json_object_get(given, "of"), *items = json_object_get(shown, "line_items");
	*ret = NULL;
	if (!of) {
		*ret = json_object();
		return ERR_NONE;
	}
	size_t k = json_is_integer(of) && json_integer_value(of) >= 1 ? (size_t)json_integer_value(of) : 0;
	if (k == 0 || k > json_array_size(items) || k > RESULT_ITEMS_MAX)
		return fail(why, ERR_INVALID, "line_items[%zu].of: the number of an item, from 1", at);
	if (used[k - 1]++)
		return fail(why, ERR_INVALID, "line_items[%zu].of: item %zu is named twice", at, k);
	*ret = json_deep_copy(json_array_get(items, k - 1));
	return ERR_NONE;
}

static enum err
set_part(json_t *item, const char *name, enum value_type type, const json_t *given, size_t at,
         const json_t *shown, struct why *why)
{
	char where[64];
	json_t *value = NULL, *normalized = NULL;
	if (json_is_null(given)) {
		json_object_del(item, name);
		return ERR_NONE;
	}
	snprintf(where, sizeof where, "line_items[%zu].%s", at, name);
	TRY(value_read(type, where, given, currency_of(shown, json_object_get(item, name)), &value,
	               &normalized, why));
	json_object_set_new(item, name,
	                    json_pack("{s:o, s:o, s:f, s:s, s:o}", "value", value, "normalized", normalized,
	                              "confidence", 1.0, "source", "user", "regions", json_array()));
	return ERR_NONE;
}

static enum err
read_item(const json_t *given, size_t at, const json_t *shown, uint8_t *used, json_t *items, struct why *why)
{
	const char *key;
	json_t *v;
	OWNED(json_release) json_t *item = NULL;
	if (!json_is_object(given))
		return fail(why, ERR_INVALID, "line_items[%zu]: must be an object", at);
	TRY(item_before(given, at, shown, used, &item, why));
	json_object_foreach((json_t *)given, key, v)
	{
		size_t part = 0;
		while (part < ARRAY_LEN(item_parts) && strcmp(item_parts[part].name, key) != 0)
			part++;
		if (part < ARRAY_LEN(item_parts))
			TRY(set_part(item, key, item_parts[part].type, v, at, shown, why));
		else if (strcmp(key, "of") != 0)
			return fail(why, ERR_INVALID, "line_items[%zu]: there is no member \"%.40s\"", at,
			            key);
	}
	json_object_set_new(item, "n", json_integer((json_int_t)at + 1));
	if (json_object_size(item) == 1)
		return fail(why, ERR_INVALID, "line_items[%zu]: says nothing", at);
	json_array_append(items, item);
	return ERR_NONE;
}

static enum err
change_items(const json_t *given, const json_t *shown, struct result_changes *ret, struct why *why)
{
	uint8_t used[RESULT_ITEMS_MAX] = {0};
	size_t i;
	json_t *v;
	if (!json_is_array(given) || json_array_size(given) > RESULT_ITEMS_MAX)
		return fail(why, ERR_INVALID, "line_items: a list of at most %d", RESULT_ITEMS_MAX);
	OWNED(json_release) json_t *items = json_array();
	json_array_foreach((json_t *)given, i, v) TRY(read_item(v, i, shown, used, items, why));
	return add(ret, "line_items", TAKE(items), json_object_get(shown, "line_items"), NULL, why);
}

/* ---- undo ---- */

static enum err
undo(const json_t *given, const json_t *shown, struct result_changes *ret, struct why *why)
{
	size_t i;
	json_t *v;
	enum value_type type;
	if (!json_is_array(given))
		return fail(why, ERR_INVALID, "undo: must be a list of names");
	json_array_foreach((json_t *)given, i, v)
	{
		const char *path = json_string_value(v);
		if (path && result_field_type(path, &type))
			TRY(add(ret, path, NULL, field_of(shown, path), NULL, why));
		else if (path && (strcmp(path, "doc_type") == 0 || strcmp(path, "line_items") == 0))
			TRY(add(ret, path, NULL, json_object_get(shown, path), NULL, why));
		else
			return fail(why, ERR_INVALID, "undo[%zu]: nothing of that name can be corrected", i);
	}
	return ERR_NONE;
}

static enum err
read_all(const json_t *body, const json_t *shown, struct result_changes *ret, struct why *why)
{
	static const char *const members[] = {"doc_type", "fields", "line_items", "undo", NULL};
	static enum err (*const read[])(const json_t *, const json_t *, struct result_changes *,
	                                struct why *) = {change_doc_type, change_fields, change_items, undo};
	TRY(members_are(body, "the body", members, why));
	for (size_t i = 0; i < ARRAY_LEN(read); i++) {
		const json_t *given = json_object_get(body, members[i]);
		if (given)
			TRY(read[i](given, shown, ret, why));
	}
	if (ret->n == 0)
		return fail(why, ERR_INVALID, "the body changes nothing");
	return ERR_NONE;
}

enum err
result_changes_read(const json_t *body, const json_t *shown, struct result_changes *ret, struct why *why)
{
	struct result_changes c = {.list = calloc(RESULT_CHANGES_MAX, sizeof *c.list)};
	if (!c.list)
		BUG("no memory for changes");
	enum err e = read_all(body, shown, &c, why);
	if (e != ERR_NONE)
		result_changes_free(&c);
	else
		*ret = c;
	return e;
}
