/* secret_box.h: secrets that must be had again (and so cannot be hashed), sealed before they are stored.
 *
 * XChaCha20-Poly1305 (libsodium) under a key that stands in a file beside the database and not in it:
 * whoever gets hold of a dump, a backup or a disk image of the database alone reads none of them. Each is
 * sealed for its row: moved to another row, it does not open.
 *
 *	dks1.KEY.BOX	KEY: 8 hexadecimal digits, by which a key is known
 *			BOX: nonce and ciphertext in base64url
 *
 * Text that does not begin so is a secret from before there was a key.
 */
#ifndef DOCKET_SECRET_BOX_H
#define DOCKET_SECRET_BOX_H

#include "err.h"
#include "uuid.h"

#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 64  /* bytes of one */
#define SEALED_MAX 160 /* characters of it sealed, NUL included */

struct secret_box;

/* Reads the key from its file; with `make`, one is made (0600) where there is none. ERR_INVALID: the file
 * holds something else; ERR_ABSENT. */
enum err secret_box_open(const char *key_file, bool make, struct secret_box **ret, struct why *why)
    MUST_CHECK;
void secret_box_free(struct secret_box **box);

enum sealed { SEALED_NOT, SEALED_HERE, SEALED_ELSEWHERE }; /* elsewhere: under a key that is not this one */
/* `box` NULL: there is no key. */
enum sealed secret_sealed(const struct secret_box *box, const char *text);

/* For the row `id`; `n` at most SECRET_MAX. */
void secret_seal(const struct secret_box *box, struct uuid id, const void *secret, size_t n,
                 char ret[static SEALED_MAX]);
/* ERR_SECRET_LOST: sealed under another key, for another row, or changed. */
enum err secret_unseal(const struct secret_box *box, struct uuid id, const char *text, void *ret, size_t cap,
                       size_t *n, struct why *why) MUST_CHECK;

#endif
