#include "sealed_line.h"

#include "fdio.h"
#include "uuid.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#define TAG_LEN (LINE_OVERHEAD - LINE_NONCE_LEN)

_Static_assert(LINE_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
                   LINE_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES &&
                   TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "as libsodium has it");

enum err
line_key_read(const char *path, struct line_key *ret, struct why *why)
{
	if (sodium_init() < 0)
		BUG("libsodium does not start");
	return key_file_read(path, ret->b, sizeof ret->b, why);
}

bool
line_stays_here(const char *host_port)
{
	char host[64];
	struct in_addr a;
	const char *colon = strrchr(host_port, ':');
	size_t n = colon ? (size_t)(colon - host_port) : strlen(host_port);
	if (n >= sizeof host)
		return false;
	memcpy(host, host_port, n);
	host[n] = '\0';
	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

enum err
line_may_be(const char *host_port, const struct line_key *key, struct why *why)
{
	if (key || line_stays_here(host_port))
		return ERR_NONE;
	return fail(why, ERR_INVALID,
	            "tcp:%.60s leaves this machine, and papers would go over it for all to read: set "
	            "inference.key_file, the same on workers and inference (openssl rand -hex 32)",
	            host_port);
}

/* `way` is sealed along with the bytes: a question is no answer, and no answer is another's. */
void
line_seal(const struct line_key *key, const struct line_way *way, const void *p, size_t n, struct buf *ret)
{
	uint8_t nonce[LINE_NONCE_LEN];
	static const char room[TAG_LEN];
	random_bytes(nonce, sizeof nonce);
	buf_put(ret, nonce, sizeof nonce);
	buf_put(ret, p, n);
	buf_put(ret, room, sizeof room);
	if (ret->full)
		return;
	uint8_t *at = (uint8_t *)ret->data + ret->len - n - TAG_LEN; /* in place, which libsodium allows */
	crypto_aead_xchacha20poly1305_ietf_encrypt(at, NULL, at, n, (const uint8_t *)way, sizeof *way, NULL,
	                                           nonce, key->b);
}

bool
line_open(const struct line_key *key, const struct line_way *way, const void *p, size_t n, struct buf *ret)
{
	const uint8_t *nonce = p;
	if (n < LINE_OVERHEAD)
		return false;
	n -= LINE_NONCE_LEN;
	buf_put(ret, nonce + LINE_NONCE_LEN, n);
	if (ret->full)
		return false;
	size_t begin = ret->len - n;
	uint8_t *at = (uint8_t *)ret->data + begin;
	bool good = crypto_aead_xchacha20poly1305_ietf_decrypt(at, NULL, NULL, at, n, (const uint8_t *)way,
	                                                       sizeof *way, nonce, key->b) == 0;
	buf_cut(ret, good ? ret->len - TAG_LEN : begin);
	return good;
}

struct line_way
line_answer_to(const void *question, unsigned status)
{
	struct line_way way = {.status = {(uint8_t)(status >> 8), (uint8_t)status}};
	memcpy(way.question, question, LINE_NONCE_LEN);
	return way;
}
