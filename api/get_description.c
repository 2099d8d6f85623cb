/* GET /openapi.yaml, and the same to be read by people: GET /reference and its style sheet. Just as this
 * program was built and tested with; the page asks nobody else for anything. */
#include "job_json.h"

#include <sodium.h>

/* The files as they stand in the tree, in the program's read-only data. */
/* NOLINTBEGIN(bugprone-macro-parentheses): pieces of assembly */
#define EMBED(name, path)                                \
	__asm__(".section .rodata\n" #name ":\n"         \
	        ".incbin \"" path "\"\n" #name "_end:\n" \
	        ".byte 0\n"                              \
	        ".previous\n");                          \
	extern const char name[], name##_end[]
/* NOLINTEND(bugprone-macro-parentheses) */

EMBED(api_description, OPENAPI_YAML);
EMBED(api_reference, REFERENCE_HTML);
EMBED(api_reference_style, REFERENCE_CSS);

static enum err
answer_embedded(struct request *rq, const char *from, const char *end, const char *type)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof hash + 1], etag[ETAG_LEN];
	crypto_hash_sha256(hash, (const unsigned char *)from, (size_t)(end - from));
	hex_text(hash, sizeof hash, hex);
	snprintf(etag, sizeof etag, "\"%.32s\"", hex);
	answer_header(rq, "Cache-Control", "no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	struct buf *out = answer_json(rq, 200);
	buf_put(out, from, (size_t)(end - from));
	rq->answer.content_type = type;
	return ERR_NONE;
}

static enum err
get_description(struct request *rq, struct why *why)
{
	(void)why;
	return answer_embedded(rq, api_description, api_description_end, "application/yaml");
}

static enum err
get_reference(struct request *rq, struct why *why)
{
	(void)why;
	rq->answer.page = true;
	return answer_embedded(rq, api_reference, api_reference_end, "text/html; charset=utf-8");
}

static enum err
get_reference_style(struct request *rq, struct why *why)
{
	(void)why;
	return answer_embedded(rq, api_reference_style, api_reference_style_end, "text/css; charset=utf-8");
}

const struct route route_get_description = {
    .name = "GET /openapi.yaml", .handle = get_description, .auth = AUTH_NONE, .runs = RUN_INLINE};
const struct route route_get_reference = {
    .name = "GET /reference", .handle = get_reference, .auth = AUTH_NONE, .runs = RUN_INLINE};
const struct route route_get_reference_style = {
    .name = "GET /reference.css", .handle = get_reference_style, .auth = AUTH_NONE, .runs = RUN_INLINE};
