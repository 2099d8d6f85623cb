#include "secret_box.h"

#include "fdio.h"
#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK     "dks1."
#define NAME_LEN 9 /* by which a key is known, NUL included */
#define KEY_LEN  crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG      crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BOX_MAX  (NONCE + SECRET_MAX + TAG)
#define VARIANT  sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct secret_box {
	uint8_t key[KEY_LEN];
	char name[NAME_LEN];
};

/* ---- the key ---- */

/* Whole or not at all: written under another name first, and whoever is later takes what is there. */
static enum err
make_key(const char *path, struct why *why)
{
	uint8_t key[KEY_LEN];
	char text[2 * KEY_LEN + 2], fresh[4096], folder[4096];
	if (snprintf(fresh, sizeof fresh, "%s.XXXXXX", path) >= (int)sizeof fresh)
		return fail(why, ERR_INVALID, "the path of the key is too long");
	OWNED(fd_close) int fd = mkostemp(fresh, O_CLOEXEC); /* for its owner alone */
	if (fd < 0)
		return fail_errno(why, ERR_BROKEN, "%s", fresh);
	random_bytes(key, sizeof key);
	hex_text(key, sizeof key, text);
	text[sizeof text - 2] = '\n';
	enum err e = fd_write_all(fd, text, sizeof text - 1, why);
	if (e == ERR_NONE && fsync(fd) != 0)
		e = fail_errno(why, ERR_BROKEN, "%s", fresh);
	if (e == ERR_NONE && renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
	    errno != EEXIST)
		e = fail_errno(why, ERR_BROKEN, "%s", path);
	unlink(fresh); /* gone already, unless somebody was earlier */
	snprintf(folder, sizeof folder, "%s", path);
	if (e == ERR_NONE)
		e = path_sync(dirname(folder), why);
	sodium_memzero(key, sizeof key);
	sodium_memzero(text, sizeof text);
	return e;
}

static enum err
read_key(const char *path, struct secret_box *box, struct why *why)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	TRY(key_file_read(path, box->key, sizeof box->key, why));
	crypto_hash_sha256(hash, box->key, sizeof box->key);
	hex_text(hash, (NAME_LEN - 1) / 2, box->name);
	return ERR_NONE;
}

enum err
secret_box_open(const char *key_file, bool make, struct secret_box **ret, struct why *why)
{
	OWNED(secret_box_free) struct secret_box *box = calloc(1, sizeof *box);
	if (!box || sodium_init() < 0)
		BUG("no memory for a key, or libsodium does not start");
	enum err e = read_key(key_file, box, why);
	if (e == ERR_ABSENT && make) {
		TRY(make_key(key_file, why));
		e = read_key(key_file, box, why);
	}
	TRY(e);
	*ret = TAKE(box);
	return ERR_NONE;
}

void
secret_box_free(struct secret_box **box)
{
	if (*box)
		sodium_memzero(*box, sizeof **box);
	free(*box);
	*box = NULL;
}

/* ---- secrets ---- */

enum sealed
secret_sealed(const struct secret_box *box, const char *text)
{
	if (strncmp(text, MARK, strlen(MARK)) != 0)
		return SEALED_NOT;
	const char *name = text + strlen(MARK);
	return box && strncmp(name, box->name, NAME_LEN - 1) == 0 && name[NAME_LEN - 1] == '.'
	           ? SEALED_HERE
	           : SEALED_ELSEWHERE;
}

void
secret_seal(const struct secret_box *box, struct uuid id, const void *secret, size_t n,
            char ret[static SEALED_MAX])
{
	uint8_t sealed[BOX_MAX];
	_Static_assert(sizeof MARK + NAME_LEN + sodium_base64_ENCODED_LEN(BOX_MAX, VARIANT) <= SEALED_MAX,
	               "a sealed secret fits");
	if (n > SECRET_MAX)
		BUG("a secret of %zu bytes", n);
	random_bytes(sealed, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, secret, n, id.b, sizeof id.b, NULL,
	                                           sealed, box->key);
	int at = snprintf(ret, SEALED_MAX, MARK "%s.", box->name);
	sodium_bin2base64(ret + at, (size_t)(SEALED_MAX - at), sealed, NONCE + n + TAG, VARIANT);
}

enum err
secret_unseal(const struct secret_box *box, struct uuid id, const char *text, void *ret, size_t cap,
              size_t *n, struct why *why)
{
	uint8_t sealed[BOX_MAX], plain[SECRET_MAX];
	size_t len;
	if (secret_sealed(box, text) != SEALED_HERE)
		return fail(why, ERR_SECRET_LOST, "a secret is sealed with key %.8s, and the key here is %s",
		            strlen(text) > strlen(MARK) ? text + strlen(MARK) : "",
		            box ? box->name : "not set");
	text += strlen(MARK) + NAME_LEN;
	if (sodium_base642bin(sealed, sizeof sealed, text, strlen(text), NULL, &len, NULL, VARIANT) != 0 ||
	    len < NONCE + TAG || len - NONCE - TAG > cap ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + NONCE, len - NONCE, id.b,
	                                               sizeof id.b, sealed, box->key) != 0)
		return fail(why, ERR_SECRET_LOST, "a sealed secret was changed");
	*n = len - NONCE - TAG;
	memcpy(ret, plain, *n);
	sodium_memzero(plain, sizeof plain);
	return ERR_NONE;
}
