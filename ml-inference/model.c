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
