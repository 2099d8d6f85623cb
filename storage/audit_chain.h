/* audit_chain.h: the hash that ties an audit entry to all before it, the same in every driver.
 *
 * SHA-256 over the hash before and the entry's parts, each with its length before it: an entry that was
 * changed, taken out or put in later breaks the chain from there on. What is cut off at the end shows only
 * to whoever noted the last hash. */
#ifndef DOCKET_AUDIT_CHAIN_H
#define DOCKET_AUDIT_CHAIN_H

#include "audit.h"

#define AUDIT_HASH_LEN 32

/* `before`: all zeros for the first. */
void audit_chain_hash(const uint8_t before[static AUDIT_HASH_LEN], const struct audit_entry *e,
                      uint8_t ret[static AUDIT_HASH_LEN]);

#endif
