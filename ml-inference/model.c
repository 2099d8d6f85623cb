/* The model itself, in this process. */
#include "answer.h"
#include "inference.h"
#include "json_own.h"
#include "manifest.h"

#define PREDICT_MEMORY (256 * MIB)

struct model {
	struct manifest manifest;
	struct predictor predictor;
	json_t *description; /* never changed after loading, but counted: see describe() */
};

void
model_free(struct model **m)
{
	if (!*m)
		return;
	manifest_release(&(*m)->manifest);
	predictor_release(&(*m)->predictor);
	json_decref((*m)->description);
	free(*m);
	*m = NULL;
}

enum err
model_load(const char *models, const char *pin, struct model **ret, struct why *why)
{
	OWNED(mem_free) char *folder = NULL;
	OWNED(model_free) struct model *m = calloc(1, sizeof *m);
	if (!m)
		return fail(why, ERR_BROKEN, "no memory for a model");
	TRY(manifest_find(models, pin, &folder, why));
	TRY(manifest_read(folder, &m->manifest, why));
	TRY(manifest_load(&m->manifest, &m->predictor, why));
	const json_t *j = m->manifest.json;
	m->description =
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", json_get_str(j, "name"), "version",
	              json_get_str(j, "version"), "sha256", m->manifest.sha256, "input_schema",
	              json_get_str(j, "input_schema"), "output_schema", json_get_str(j, "output_schema"));
	*ret = TAKE(m);
	return ERR_NONE;
}

json_t *
model_describe(const struct model *m)
{
	/* a copy: reference counts of a shared value are no business of many threads */
	return json_deep_copy(m->description);
}

struct listing {
	json_t *list;
	const char *served; /* folder; NULL: none */
};

static enum err
list_one(void *arg, const char *folder, struct why *why)
{
	struct listing *l = arg;
	struct why reason = {""};
	OWNED(manifest_release) struct manifest m = {0};
	char name[256] = "";
	enum err e = manifest_read(folder, &m, &reason);
	const char *version = strrchr(folder, '/') + 1, *end = version - 1, *start = end;
	while (start > folder && start[-1] != '/')
		start--;
	snprintf(name, sizeof name, "%.*s", (int)(end - start), start);
	bool served = l->served && strcmp(l->served, folder) == 0;
	json_t *o = json_pack("{s:s, s:s, s:b, s:b, s:s}", "name", name, "version", version, "served", served,
	                      "fits", e == ERR_NONE, "reason", reason.text);
	if (!o)
		return fail(why, ERR_BROKEN, "a model's name is no text");
	if (e == ERR_NONE) {
		json_object_set_new(o, "sha256", json_string(m.sha256));
		json_object_set(o, "scores", json_object_get(m.json, "scores"));
	}
	json_array_append_new(l->list, o);
	return ERR_NONE;
}

enum err
model_list(const char *models, const char *pin, json_t **ret, struct why *why)
{
	struct why ignored;
	OWNED(mem_free) char *served = NULL;
	OWNED(json_release) json_t *list = json_array();
	if (manifest_find(models, pin, &served, &ignored) != ERR_NONE)
		served = NULL;
	struct listing l = {list, served};
	TRY(manifest_each(models, list_one, &l, why));
	*ret = TAKE(list);
	return ERR_NONE;
}

enum err
model_predict(struct model *m, const char *json, size_t n, json_t **ret, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("prediction", PREDICT_MEMORY);
	OWNED(json_release) json_t *description = model_describe(m);
	const struct document_text *doc = NULL;
	const struct sheet *sheet = NULL;
	struct reading *reading = NULL;
	TRY(document_read(json, n, mem, &doc, why));
	TRY(layout_build(doc, mem, &sheet, why));
	TRY(reading_build(sheet, mem, &reading, why));
	return answer_compose(&m->predictor, reading, description, mem, ret, why);
}
