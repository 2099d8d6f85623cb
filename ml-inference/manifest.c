#include "manifest.h"

#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "patterns.h"
#include "uuid.h"
#include "words.h"

#include <dirent.h>
#include <sodium.h>

void
manifest_release(struct manifest *m)
{
	free(m->folder);
	json_decref(m->json);
	*m = (struct manifest){0};
}

void
sha256_text(const void *p, size_t n, char ret[static SHA256_TEXT])
{
	uint8_t h[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(h, p, n);
	hex_text(h, sizeof h, ret);
}

enum err
manifest_feature_hash(char ret[static SHA256_TEXT], struct why *why)
{
	static const char *const tables[] = {
#define X(from, to) from "=" to,
#include "lexicon.tbl.h"
#undef X
#define X(name, text) #name "=" text,
#include "patterns.tbl.h"
#undef X
#define X(name, text) #name "=" text,
#include "types.tbl.h"
#undef X
#define X(kind, words) #kind "=" words,
#include "signs.tbl.h"
#undef X
#define X(words) words,
#include "labels.tbl.h"
#undef X
	};
	OWNED(buf_free) struct buf b = buf_init(1 * MIB);
	for (int f = 0; f < FIELD_COUNT; f++) {
		buf_printf(&b, "[%s]\n", field_names[f]);
		TRY(candidates_feature_names((enum field_id)f, &b, why));
	}
	buf_puts(&b, "[doc_type]\n");
	TRY(kind_feature_names(&b, why));
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		buf_printf(&b, "%s\n", tables[i]);
	for (size_t l = 0; l < WORDS_COUNT; l++)
		for (size_t i = 0; i < word_lists[l].n; i++)
			buf_printf(&b, "%s=%s\n", word_lists[l].name, word_lists[l].word[i]);
	buf_printf(&b, "buckets %d %d\n", TEXT_CHAR_BUCKETS, TEXT_WORD_BUCKETS);
	sha256_text(b.data, b.len, ret);
	return ERR_NONE;
}

static enum err
check_text(const json_t *j, const char *key, const char *expected, const char *folder, struct why *why)
{
	const char *v = json_get_str(j, key);
	if (!v || strcmp(v, expected) != 0)
		return fail(why, ERR_SCHEMA, "%.80s: %s is \"%.70s\", this program has \"%.70s\"", folder,
		            key, v ? v : "", expected);
	return ERR_NONE;
}

enum err
manifest_read(const char *folder, struct manifest *ret, struct why *why)
{
	char path[4200];
	OWNED(mem_free) char *bytes = NULL;
	OWNED(manifest_release) struct manifest m = {0};
	size_t n;
	snprintf(path, sizeof path, "%s/manifest.json", folder);
	TRY(file_read(path, 1 * MIB, &bytes, &n, why));
	TRY(json_parse(bytes, n, &m.json, why));
	sha256_text(bytes, n, m.sha256);
	m.folder = strdup(folder);
	if (!m.folder)
		return fail(why, ERR_BROKEN, "no memory for a manifest");
	if (!json_get_str(m.json, "name") || !json_get_str(m.json, "version"))
		return fail(why, ERR_SCHEMA, "%.100s: the manifest has no name or version", folder);
	TRY(check_text(m.json, "input_schema", DOCUMENT_SCHEMA, folder, why));
	TRY(check_text(m.json, "output_schema", INFERENCE_OUTPUT_SCHEMA, folder, why));
	char features[SHA256_TEXT];
	TRY(manifest_feature_hash(features, why));
	TRY(check_text(m.json, "features_sha256", features, folder, why));
	*ret = m;
	m = (struct manifest){0};
	return ERR_NONE;
}

enum err
manifest_file(const struct manifest *m, const char *name, char **ret, size_t *len, struct why *why)
{
	char path[4300], sum[SHA256_TEXT];
	const char *expected = json_get_str(json_object_get(m->json, "files"), name);
	if (!expected)
		return fail(why, ERR_SCHEMA, "%.100s: the manifest does not list %s", m->folder, name);
	snprintf(path, sizeof path, "%s/%s", m->folder, name);
	OWNED(mem_free) char *bytes = NULL;
	TRY(file_read(path, MODEL_MAX_FILE, &bytes, len, why));
	sha256_text(bytes, *len, sum);
	if (strcmp(sum, expected) != 0)
		return fail(why, ERR_SCHEMA, "%.100s/%s: sha256 is %.16s..., the manifest says %.16s...",
		            m->folder, name, sum, expected);
	*ret = TAKE(bytes);
	return ERR_NONE;
}

/* ---- which folder ---- */

static int
compare_versions(const char *a, const char *b)
{
	return strverscmp(a, b);
}

static bool
is_model(const char *models, const char *name, const char *version)
{
	char path[4400];
	snprintf(path, sizeof path, "%s/%s/%s/manifest.json", models, name, version);
	return access(path, R_OK) == 0;
}

static void
dir_close(DIR **d)
{
	if (*d)
		closedir(*d);
	*d = NULL;
}

/* The newest version of one name, kept in `best` when it beats what is there. */
static void
newest_of(const char *models, const char *name, char best[256], char best_name[256])
{
	char path[4300];
	snprintf(path, sizeof path, "%s/%s", models, name);
	OWNED(dir_close) DIR *d = opendir(path);
	struct dirent *e;
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && is_model(models, name, e->d_name) &&
		    (!best[0] || compare_versions(e->d_name, best) > 0)) {
			snprintf(best, 256, "%s", e->d_name);
			snprintf(best_name, 256, "%s", name);
		}
}

enum err
manifest_find(const char *models, const char *pin, char **ret, struct why *why)
{
	char name[256] = "", version[256] = "";
	const char *at = strchr(pin, '@');
	if (at) {
		snprintf(name, sizeof name, "%.*s", (int)(at - pin), pin);
		snprintf(version, sizeof version, "%s", at + 1);
		bool plain =
		    !strchr(name, '/') && !strchr(version, '/') && name[0] != '.' && version[0] != '.';
		if (!plain || !name[0] || !version[0] || !is_model(models, name, version))
			return fail(why, ERR_MODEL_UNAVAILABLE, "no model %.80s in %.120s", pin, models);
	} else if (pin[0]) {
		return fail(why, ERR_INVALID, "a model is pinned as name@version, not \"%.80s\"", pin);
	} else {
		OWNED(dir_close) DIR *d = opendir(models);
		struct dirent *e;
		while (d && (e = readdir(d)))
			if (e->d_name[0] != '.')
				newest_of(models, e->d_name, version, name);
		if (!version[0])
			return fail(why, ERR_MODEL_UNAVAILABLE, "no model in %.200s", models);
	}
	if (asprintf(ret, "%s/%s/%s", models, name, version) < 0)
		return fail(why, ERR_BROKEN, "no memory for a path");
	return ERR_NONE;
}

static int
by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

#define MOST_MODELS 200

static void
gather(const char *models, const char *name, char **folder, size_t *n)
{
	char path[4300];
	snprintf(path, sizeof path, "%s/%s", models, name);
	OWNED(dir_close) DIR *d = opendir(path);
	struct dirent *e;
	while (d && *n < MOST_MODELS && (e = readdir(d)))
		if (e->d_name[0] != '.' && is_model(models, name, e->d_name) &&
		    asprintf(&folder[*n], "%s/%s", path, e->d_name) > 0)
			(*n)++;
}

enum err
manifest_each(const char *models, enum err (*one)(void *arg, const char *folder, struct why *why), void *arg,
              struct why *why)
{
	char *folder[MOST_MODELS];
	size_t n = 0;
	OWNED(dir_close) DIR *d = opendir(models);
	if (!d)
		return fail_errno(why, ERR_MODEL_UNAVAILABLE, "%.200s", models);
	struct dirent *e;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			gather(models, e->d_name, folder, &n);
	qsort(folder, n, sizeof *folder, by_version);
	enum err err = ERR_NONE;
	for (size_t i = 0; i < n; i++) {
		if (err == ERR_NONE)
			err = one(arg, folder[i], why);
		free(folder[i]);
	}
	return err;
}

/* ---- its parts ---- */

static enum err
load_text(const struct manifest *m, const char *name, uint32_t classes, struct text_model *ret,
          struct why *why)
{
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	TRY(manifest_file(m, name, &bytes, &n, why));
	TRY(text_model_read(bytes, n, ret, why));
	if (ret->n_classes != classes)
		return fail(why, ERR_SCHEMA, "%.100s/%s: %u classes, expected %u", m->folder, name,
		            ret->n_classes, classes);
	return ERR_NONE;
}

static enum err
load_trees(const struct manifest *m, const char *name, struct trees **ret, struct why *why)
{
	char file[80];
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	snprintf(file, sizeof file, "%s.trees", name);
	TRY(manifest_file(m, file, &bytes, &n, why));
	return trees_read(bytes, n, ret, why);
}

static enum err
load_all(const struct manifest *m, struct predictor *p, struct why *why)
{
	static const char *const origins[ORIGIN_COUNT] = {"text", "ocr"};
	TRY(load_text(m, "line.text", LINE_CLASSES, &p->text.line, why));
	TRY(load_text(m, "amount.text", 2, &p->text.amount, why));
	TRY(load_text(m, "date.text", 2, &p->text.date, why));
	TRY(load_text(m, "type.text", TYPE_COUNT, &p->text.type, why));
	const json_t *cal = json_object_get(m->json, "calibration");
	TRY(load_trees(m, "type", &p->kind, why));
	for (int f = 0; f < FIELD_COUNT; f++) {
		TRY(load_trees(m, field_names[f], &p->field[f], why));
		for (int o = 0; o < ORIGIN_COUNT; o++)
			TRY(calibration_from_json(
			    json_object_get(json_object_get(cal, field_names[f]), origins[o]),
			    &p->calibration[f][o], why));
	}
	TRY(calibration_from_json(json_object_get(cal, "doc_type"), &p->type_calibration, why));
	OWNED(mem_free) char *bytes = NULL;
	OWNED(json_release) json_t *senders = NULL;
	size_t n;
	TRY(manifest_file(m, "senders.json", &bytes, &n, why));
	TRY(json_parse(bytes, n, &senders, why));
	return senders_from_json(senders, &p->senders, why);
}

enum err
manifest_load(const struct manifest *m, struct predictor *ret, struct why *why)
{
	struct predictor p = {0};
	enum err e = load_all(m, &p, why);
	if (e != ERR_NONE) {
		predictor_release(&p);
		return e == ERR_BAD_JSON || e == ERR_BROKEN || e == ERR_ABSENT ? ERR_SCHEMA : e;
	}
	*ret = p;
	return ERR_NONE;
}
