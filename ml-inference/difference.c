/* What two models say differently of one paper. */
#include "inference.h"
#include "json_own.h"

static const json_t *
field_of(const json_t *prediction, const char *name)
{
	const json_t *fields = json_object_get(prediction, "fields");
	size_t i;
	json_t *f;
	json_array_foreach((json_t *)fields, i, f)
	{
		const char *n = json_get_str(f, "name");
		if (n && strcmp(n, name) == 0)
			return f;
	}
	return NULL;
}

static void
note(json_t *list, const char *name, const json_t *a, const json_t *b)
{
	if (!json_equal((json_t *)a, (json_t *)b))
		json_array_append_new(list, json_pack("{s:s, s:O?, s:O?}", "name", name, "a", a, "b", b));
}

json_t *
prediction_difference(const json_t *a, const json_t *b)
{
	json_t *list = json_array();
	note(list, "doc_type", json_object_get(json_object_get(a, "doc_type"), "value"),
	     json_object_get(json_object_get(b, "doc_type"), "value"));
	const json_t *both[] = {json_object_get(a, "fields"), json_object_get(b, "fields")};
	for (int side = 0; side < 2; side++) {
		size_t i;
		json_t *f;
		json_array_foreach((json_t *)both[side], i, f)
		{
			const char *name = json_get_str(f, "name");
			if (!name || (side == 1 && field_of(a, name)))
				continue; /* seen from the first side */
			note(list, name, json_object_get(field_of(a, name), "normalized"),
			     json_object_get(field_of(b, name), "normalized"));
		}
	}
	return list;
}
