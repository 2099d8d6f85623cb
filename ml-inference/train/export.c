#include "export.h"

#include "document.h"
#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "manifest.h"

#include <sys/stat.h>

static enum err
note_sum(json_t *files, const char *folder, const char *name, struct why *why)
{
	char path[4300], sum[SHA256_TEXT];
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	TRY(file_read(path, MODEL_MAX_FILE, &bytes, &n, why));
	if (chmod(path, 0644) != 0)
		return fail_errno(why, ERR_BROKEN, "%s", path);
	sha256_text(bytes, n, sum);
	json_object_set_new(files, name, json_string(sum));
	return ERR_NONE;
}

static enum err
write_json(const json_t *j, const char *folder, const char *name, size_t flags, struct why *why)
{
	char path[4300];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (json_dump_file(j, path, flags | JSON_SORT_KEYS | JSON_REAL_PRECISION(9)) != 0)
		return fail(why, ERR_BROKEN, "cannot write %.200s", path);
	return ERR_NONE;
}

static enum err
write_trees(const struct trees *trees, const char *name, const char *folder, json_t *files, struct why *why)
{
	char path[4300], file[80];
	OWNED(buf_free) struct buf b = buf_init(MODEL_MAX_FILE);
	trees_write(trees, &b);
	snprintf(file, sizeof file, "%s.trees", name);
	snprintf(path, sizeof path, "%s/%s", folder, file);
	OWNED(file_close) FILE *f = fopen(path, "wb");
	if (!f || fwrite(b.data, 1, b.len, f) != b.len || fflush(f) != 0)
		return fail_errno(why, ERR_BROKEN, "cannot write %.200s", path);
	return note_sum(files, folder, file, why);
}

static enum err
write_parts(const struct predictor *p, const char *folder, json_t *files, struct why *why)
{
	const struct {
		const char *name;
		const struct text_model *m;
	} texts[] = {{"line.text", &p->text.line},
	             {"amount.text", &p->text.amount},
	             {"date.text", &p->text.date},
	             {"type.text", &p->text.type}};
	char path[4300];
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, texts[i].name);
		TRY(text_model_write(texts[i].m, path, why));
		TRY(note_sum(files, folder, texts[i].name, why));
	}
	for (int f = 0; f < FIELD_COUNT; f++)
		TRY(write_trees(p->field[f], field_names[f], folder, files, why));
	TRY(write_trees(p->kind, "type", folder, files, why));
	OWNED(json_release) json_t *senders = senders_json(p->senders);
	TRY(write_json(senders, folder, "senders.json", JSON_COMPACT, why));
	return note_sum(files, folder, "senders.json", why);
}

static json_t *
calibrations(const struct predictor *p)
{
	json_t *o = json_object();
	for (int f = 0; f < FIELD_COUNT; f++)
		json_object_set_new(o, field_names[f],
		                    json_pack("{s:o, s:o}", "text",
		                              calibration_json(&p->calibration[f][ORIGIN_TEXT]), "ocr",
		                              calibration_json(&p->calibration[f][ORIGIN_OCR])));
	json_object_set_new(o, "doc_type", calibration_json(&p->type_calibration));
	return o;
}

enum err
export_model(const struct predictor *p, const char *name, const char *version, const char *folder,
             json_t *facts, struct why *why)
{
	char features[SHA256_TEXT];
	if (mkdir(folder, 0755) != 0 && access(folder, W_OK) != 0)
		return fail_errno(why, ERR_BROKEN, "cannot make %s", folder);
	OWNED(json_release) json_t *m = json_deep_copy(facts);
	json_t *files = json_object();
	json_object_set_new(m, "files", files);
	TRY(write_parts(p, folder, files, why));
	TRY(manifest_feature_hash(features, why));
	json_object_set_new(m, "name", json_string(name));
	json_object_set_new(m, "version", json_string(version));
	json_object_set_new(m, "input_schema", json_string(DOCUMENT_SCHEMA));
	json_object_set_new(m, "output_schema", json_string(INFERENCE_OUTPUT_SCHEMA));
	json_object_set_new(m, "features_sha256", json_string(features));
	json_object_set_new(m, "calibration", calibrations(p));
	return write_json(m, folder, "manifest.json", JSON_INDENT(1), why);
}
