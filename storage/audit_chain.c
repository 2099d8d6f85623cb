#include "audit_chain.h"

#include "sha256.h"
#include <string.h>

static void
put(struct sha256 *h, const void *p, size_t n)
{
	uint8_t len[8];
	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)((uint64_t)n >> (8 * i));
	sha256_update(h, len, sizeof len);
	sha256_update(h, p, n);
}

/* None and "" are two things. */
static void
put_text(struct sha256 *h, const char *text)
{
	put(h, text ? "t" : "n", 1);
	if (text)
		put(h, text, strlen(text));
}

void
audit_chain_hash(const uint8_t before[static AUDIT_HASH_LEN], const struct audit_entry *e,
                 uint8_t ret[static AUDIT_HASH_LEN])
{
	struct sha256 h;
	char numbers[64];
	sha256_init(&h);
	put(&h, before, AUDIT_HASH_LEN);
	snprintf(numbers, sizeof numbers, "%lld %lld", (long long)e->n, (long long)e->at_ms);
	put_text(&h, numbers);
	put(&h, e->user_id.b, sizeof e->user_id.b);
	put_text(&h, e->action);
	put_text(&h, e->object);
	put_text(&h, e->detail);
	put_text(&h, e->address);
	put_text(&h, e->request_id);
	sha256_final(&h, ret);
}
