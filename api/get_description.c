/* GET /openapi.yaml: the description that this program was built and tested with. */
#include "job_json.h"

#include <sodium.h>

/* The file as it stands in the tree, in the program's read-only data. */
__asm__(".section .rodata\n"
        "api_description:\n"
        ".incbin \"" OPENAPI_YAML "\"\n"
        "api_description_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char api_description[], api_description_end[];

static enum err
get_description(struct request *rq, struct why *why)
{
	(void)why;
	size_t n = (size_t)(api_description_end - api_description);
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof hash + 1], etag[ETAG_LEN];
	crypto_hash_sha256(hash, (const unsigned char *)api_description, n);
	hex_text(hash, sizeof hash, hex);
	snprintf(etag, sizeof etag, "\"%.32s\"", hex);
	answer_header(rq, "Cache-Control", "no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	struct buf *out = answer_json(rq, 200);
	buf_put(out, api_description, n);
	rq->answer.content_type = "application/yaml";
	return ERR_NONE;
}

const struct route route_get_description = {
    .name = "GET /openapi.yaml", .handle = get_description, .auth = AUTH_NONE, .runs = RUN_INLINE};
