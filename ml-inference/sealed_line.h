/* sealed_line.h: the line between a worker and an inference process that may stand on different machines.
 *
 * Both hold one key (inference.key_file), and what goes either way is XChaCha20-Poly1305 (libsodium) under
 * it: whoever is between them reads nothing, makes nothing and changes nothing, and each knows that the other
 * holds the key. An answer opens for its own question and status alone. A question that somebody recorded can
 * be asked again: that changes nothing anywhere, and the answer opens for nobody but us.
 *
 * A message is a nonce, the bytes sealed, a tag.
 */
#ifndef DOCKET_SEALED_LINE_H
#define DOCKET_SEALED_LINE_H

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stdint.h>

#define LINE_KEY_LEN   32
#define LINE_NONCE_LEN 24
#define LINE_OVERHEAD  (LINE_NONCE_LEN + 16)
#define LINE_TYPE      "application/vnd.docket.sealed"

struct line_key {
	uint8_t b[LINE_KEY_LEN];
};
/* Which way it goes: the nonce of the question, which an answer repeats unsaid, and the status. */
struct line_way {
	uint8_t question[LINE_NONCE_LEN];
	uint8_t status[2]; /* of an answer; 0: a question, and there is no nonce yet */
};

/* 64 hexadecimal digits. ERR_ABSENT, ERR_INVALID. */
enum err line_key_read(const char *path, struct line_key *ret, struct why *why) MUST_CHECK;
/* True of "HOST:PORT" that no other machine can be at or come from, without asking any resolver. */
bool line_stays_here(const char *host_port);
/* ERR_INVALID, with what to do, for a line that leaves this machine and would be plain. */
enum err line_may_be(const char *host_port, const struct line_key *key, struct why *why) MUST_CHECK;

/* Appends; `ret` is full when there is no room. */
void line_seal(const struct line_key *key, const struct line_way *way, const void *p, size_t n,
               struct buf *ret);
/* Appends. False: not sealed so, with this key, for this way; or no room. */
bool line_open(const struct line_key *key, const struct line_way *way, const void *p, size_t n,
               struct buf *ret);
/* The way of the answer with that status to a sealed question of at least LINE_OVERHEAD bytes. */
struct line_way line_answer_to(const void *question, unsigned status);

#endif
