/* manifest.h: what a model folder says about itself, and whether that is so.
 *
 *	models/papers/1.0.0/manifest.json	name, version, schemas, features, files with their SHA-256,
 *						training data and licences, scores, calibration
 *	                    line.text, total.trees, senders.json, ...
 */
#ifndef DOCKET_ML_MANIFEST_H
#define DOCKET_ML_MANIFEST_H

#include "buf.h"
#include "predictor.h"

#define MODEL_MAX_FILE (16 * MIB)
#define SHA256_TEXT    65

struct manifest {
	char *folder;
	json_t *json;
	char sha256[SHA256_TEXT]; /* of manifest.json, which names the sums of all the others */
};
void manifest_release(struct manifest *m);

/* Reads manifest.json and checks schemas and features against this program, by name. */
enum err manifest_read(const char *folder, struct manifest *ret, struct why *why) MUST_CHECK;
/* One of its files, its sum checked. free() it. */
enum err manifest_file(const struct manifest *m, const char *name, char **ret, size_t *len, struct why *why)
    MUST_CHECK;

/* Calls `one` with the folder of every model in `models`, names and versions in order. */
enum err manifest_each(const char *models, enum err (*one)(void *arg, const char *folder, struct why *why),
                       void *arg, struct why *why) MUST_CHECK;
/* The folder of "name@version", or of the newest version there is for "". free() it. */
enum err manifest_find(const char *models, const char *pin, char **ret, struct why *why) MUST_CHECK;

/* All that must be alike in the program that trained and the one that serves: features, words,
 * patterns, kinds of paper. */
enum err manifest_feature_hash(char ret[static SHA256_TEXT], struct why *why) MUST_CHECK;
void sha256_text(const void *p, size_t n, char ret[static SHA256_TEXT]);

/* The trained parts of a model folder. */
enum err manifest_load(const struct manifest *m, struct predictor *ret, struct why *why) MUST_CHECK;

#endif
