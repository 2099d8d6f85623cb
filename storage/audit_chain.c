#include "audit_chain.h"

#include <sodium.h>
#include <string.h>

static void
put(crypto_hash_sha256_state *h, const void *p, size_t n)
{
	uint8_t len[8];
	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)((uint64_t)n >> (8 * i));
	crypto_hash_sha256_update(h, len, sizeof len);
	crypto_hash_sha256_update(h, p, n);
}

/* None and "" are two things. */
static void
put_text(crypto_hash_sha256_state *h, const char *text)
{
	put(h, text ? "t" : "n", 1);
	if (text)
		put(h, text, strlen(text));
}

void
audit_chain_hash(const uint8_t before[static AUDIT_HASH_LEN], const struct audit_entry *e,
                 uint8_t ret[static AUDIT_HASH_LEN])
{
	crypto_hash_sha256_state h;
	char numbers[64];
	crypto_hash_sha256_init(&h);
	put(&h, before, AUDIT_HASH_LEN);
	snprintf(numbers, sizeof numbers, "%lld %lld", (long long)e->n, (long long)e->at_ms);
	put_text(&h, numbers);
	put(&h, e->user_id.b, sizeof e->user_id.b);
	put_text(&h, e->action);
	put_text(&h, e->object);
	put_text(&h, e->detail);
	put_text(&h, e->address);
	put_text(&h, e->request_id);
	crypto_hash_sha256_final(&h, ret);
}
