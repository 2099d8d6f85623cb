#include "json_own.h"

enum err
json_parse(const char *s, size_t n, json_t **ret, struct why *why)
{
	json_error_t e;
	json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, &e);
	if (!j)
		return fail(why, ERR_BAD_JSON, "line %d, column %d: %.120s", e.line, e.column, e.text);
	*ret = j;
	return ERR_NONE;
}

char *
json_text(const json_t *j, size_t *ret_len)
{
	char *s = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(7));
	if (!s)
		BUG("JSON that cannot be written");
	if (ret_len)
		*ret_len = strlen(s);
	return s;
}

const char *
json_get_str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

int64_t
json_get_int(const json_t *o, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(o, key);
	return json_is_integer(v) ? (int64_t)json_integer_value(v) : fallback;
}

double
json_get_num(const json_t *o, const char *key, double fallback)
{
	const json_t *v = json_object_get(o, key);
	return json_is_number(v) ? json_number_value(v) : fallback;
}
