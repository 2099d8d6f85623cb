/* sha256.h: SHA-256 of what may be long, by libcrypto: libsodium does not use the processor's own
 * instructions for it. */
#ifndef DOCKET_SHA256_H
#define DOCKET_SHA256_H

/* EVP, which OpenSSL would rather see used, keeps its state on the heap and may fail. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	SHA256_CTX state;
};

static inline void
sha256_init(struct sha256 *h)
{
	SHA256_Init(&h->state);
}

static inline void
sha256_update(struct sha256 *h, const void *p, size_t n)
{
	SHA256_Update(&h->state, p, n);
}

static inline void
sha256_final(struct sha256 *h, uint8_t ret[static SHA256_DIGEST_LENGTH])
{
	SHA256_Final(ret, &h->state);
}

#endif
