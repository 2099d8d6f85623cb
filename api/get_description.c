/* GET /openapi.yaml: the description that this program was built and tested with. */
#include "job_json.h"

#include <pthread.h>
#include <sodium.h>

/* The file as it stands in the tree, in the program's read-only data. */
__asm__(".section .rodata\n"
        "api_description:\n"
        ".incbin \"" OPENAPI_YAML "\"\n"
        "api_description_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char api_description[], api_description_end[];

static char etag[ETAG_LEN];

static void
make_etag(void)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof hash + 1];
	crypto_hash_sha256(hash, (const unsigned char *)api_description,
	                   (size_t)(api_description_end - api_description));
	hex_text(hash, sizeof hash, hex);
	snprintf(etag, sizeof etag, "\"%.32s\"", hex);
}

static enum err
get_description(struct request *rq, struct why *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_etag);
	(void)why;
	answer_header(rq, "Cache-Control", "no-cache");
	if (answer_unchanged(rq, etag))
		return ERR_NONE;
	struct buf *out = answer_json(rq, 200);
	buf_put(out, api_description, (size_t)(api_description_end - api_description));
	rq->answer.content_type = "application/yaml";
	return ERR_NONE;
}

const struct route route_get_description = {
    .name = "GET /openapi.yaml", .handle = get_description, .auth = AUTH_NONE, .runs = RUN_INLINE};
