#include "model_card.h"

#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "places.h"

/* -1: not measured */
static double
score(const json_t *scores, const char *group, const char *of, const char *which)
{
	const json_t *row = json_object_get(json_object_get(scores, group), of);
	return json_get_num(row, which, -1);
}

static void
put_score(json_t *o, const char *name, double value)
{
	if (value >= 0)
		json_object_set_new(o, name, json_real(value));
}

static json_t *
fields_of(const json_t *scores)
{
	static const char *const names[] = {"merchant_name", "date", "total", "merchant_address"};
	json_t *fields = json_array();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char origin[64];
		snprintf(origin, sizeof origin, "%s, picture", names[i]);
		double right = score(scores, "vendor folds, picture", names[i], "normalised_f1");
		if (right < 0)
			continue;
		json_t *f = json_pack("{s:s}", "name", names[i]);
		put_score(f, "right", right);
		put_score(f, "strangers",
		          score(scores, "vendor folds, unread vendors", names[i], "normalised_f1"));
		put_score(f, "sure", score(scores, "confidence", origin, "high_share"));
		put_score(f, "sure_right", score(scores, "confidence", origin, "high_right"));
		json_array_append_new(fields, f);
	}
	return fields;
}

char *
model_card(const struct settings *s)
{
	char models[PLACE_MAX];
	struct why why = {""};
	OWNED(json_release) json_t *all = NULL;
	place_models(s, models);
	if (model_list(models, s->inference_model, &all, &why) != ERR_NONE)
		return NULL;
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *m = json_array_get(all, i);
		if (!json_is_true(json_object_get(m, "served")))
			continue;
		OWNED(json_release)
		json_t *card =
		    json_pack("{s:s, s:s, s:o}", "name", json_get_str(m, "name"), "version",
		              json_get_str(m, "version"), "fields", fields_of(json_object_get(m, "scores")));
		return json_array_size(json_object_get(card, "fields")) > 0
		           ? json_dumps(card, JSON_COMPACT | JSON_REAL_PRECISION(4))
		           : NULL;
	}
	return NULL;
}
