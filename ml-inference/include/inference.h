/* inference.h: the door of ml-inference: a parsed document in, its type and fields out.
 *
 * Knows nothing of jobs, accounts or files of users. Three ways through the door:
 *   - model_*      the model itself, in this process (`docket read`, tests)
 *   - inference_serve   `docket inference`: HTTP over a UNIX socket or TCP
 *   - inference_ask     a client of that, for the worker
 *
 * Protocol: POST /v1/infer {"schema": "docket.document/1", "document": {...}, "memory": {...}} -> 200 {model,
 * doc_type, fields, line_items, diagnostics}; GET /v1/models; GET /healthz. Errors are problem+json:
 * 422 schema_incompatible, 422 invalid_input, 503 model_unavailable, 413. With a key, question and answer of
 * POST /v1/infer are sealed (sealed_line.h), and nothing else is answered but GET /healthz.
 *
 * A field of the answer: {"name": "total", "type": "money", "value": "RM 9.00", "normalized":
 * {"amount": "9.00", "minor": 900, "exp": 2, "currency": "MYR"}, "confidence": 0.97, "band": "high",
 * "source": "ml", "regions": [{"page": 1, "polygon": [8 numbers]}], "evidence": "...",
 * "alternatives": [{"value", "normalized", "confidence", "regions"}]}
 */
#ifndef DOCKET_INFERENCE_H
#define DOCKET_INFERENCE_H

#include "arena.h"
#include "err.h"

#include <jansson.h>
#include <stdint.h>

#define INFERENCE_OUTPUT_SCHEMA "docket.prediction/1"

/* ---- the model ---- */
struct model;
/* `models` is a folder of model folders, each with manifest.json; `pin` is "name@version", or "" for
 * the newest. Refuses by name what does not match: sha256, feature schema, input or output schema. */
enum err model_load(const char *models, const char *pin, struct model **ret, struct why *why) MUST_CHECK;
void model_free(struct model **m);
/* The parsed document as JSON -> the prediction object. Thread-safe. */
enum err model_predict(struct model *m, const char *json, size_t n, json_t **ret, struct why *why) MUST_CHECK;
/* {name, version, sha256, input_schema, output_schema, ...}; a new reference. */
json_t *model_describe(const struct model *m);

/* What differs between two answers to one document: [{"name", "a", "b"}], normalised values or null, of
 * doc_type and fields. A new reference. */
json_t *prediction_difference(const json_t *a, const json_t *b);
/* Every version in `models`: [{"name", "version", "served", "sha256", "fits", "reason", "scores"}], the one
 * that `pin` names (or the newest) served. `fits`: schemas and features are this program's. */
enum err model_list(const char *models, const char *pin, json_t **ret, struct why *why) MUST_CHECK;

/* ---- what corrections teach ----
 *
 * Pure functions over JSON: storage keeps one memory a user, so nobody's lessons touch another's
 * results. A memory is {"schema": "docket.memory/1", "lessons": [...]}; NULL is an empty one. A lesson
 * holds how the sender's papers begin, and either the value (a sender's own name, address, numbers) or
 * the words that stand before the right sum or date. No model is trained.
 */
#define MEMORY_SCHEMA      "docket.memory/1"
#define MEMORY_MAX_LESSONS 500 /* the oldest go first */
#define MEMORY_MAX_JSON    (4 * MIB)
/* `correction`: {"id", "field", "value", "normalized"}; a later one of the same field and sender takes
 * the place of an earlier. What cannot be learnt from (the value stands nowhere) teaches nothing. */
enum err memory_learn(const json_t *memory, const char *document, size_t n, const json_t *correction,
                      json_t **ret, struct why *why) MUST_CHECK;
/* Changes the fields of a prediction for this document: source "memory", the model's value becomes an
 * alternative. What a code on the paper says is left alone. `ret_changed` counts. */
enum err memory_apply(const json_t *memory, const char *document, size_t n, json_t *prediction,
                      size_t *ret_changed, struct why *why) MUST_CHECK;

/* ---- the process ---- */
struct inference_options {
	const char *listen; /* "unix:PATH" or "tcp:HOST:PORT" */
	const char
	    *key_file; /* what the line is sealed with, for all who ask; "" or NULL: plain, on this machine */
	const char *models, *pin;
	const char *shadow; /* name@version of a model to be compared with, unheard; "" or NULL: none */
	const char *admin;  /* HOST:PORT of its metrics; "" or NULL: none */
	int stop_fd;        /* readable: stop gracefully */
};
/* Returns when told to stop. The socket exists and answers before the model is loaded (503). */
enum err inference_serve(const struct inference_options *o, struct why *why) MUST_CHECK;

/* ---- the client ---- */
struct inference_client;
/* One address as above, or several with commas between them: who does not answer is passed over. ERR_INVALID
 * for one on another machine without a key. */
enum err inference_client_open(const char *addresses, const char *key_file, int64_t timeout_ms,
                               struct inference_client **ret, struct why *why) MUST_CHECK;
void inference_client_close(struct inference_client **c);
/* For whom: headers X-Request-Id, X-Job-Id and traceparent. Each may be NULL, and so may all of them. */
struct inference_ids {
	const char *request_id, *job_id, *traceparent;
};
/* Thread-safe. `memory` is JSON of MEMORY_SCHEMA, the owner's and nobody else's, or NULL; one that cannot be
 * read, or larger than MEMORY_MAX_JSON, is left out of account. One deadline for all places together.
 * ERR_MODEL_UNAVAILABLE when nobody answers, ERR_SCHEMA, ERR_INVALID, ERR_DEADLINE. */
enum err inference_ask(struct inference_client *c, const char *json, size_t n, const char *memory,
                       const struct inference_ids *ids, json_t **ret, struct why *why) MUST_CHECK;

#endif
