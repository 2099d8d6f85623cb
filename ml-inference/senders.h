/* senders.h: names and addresses seen in training, to mend what was read nearly right.
 *
 * Clean text must be nearly the same, and is mended only to what is spelt so often; OCR, where a letter in
 * ten may be wrong, may be less alike. An address must have the same numbers, since neighbours differ in
 * nothing else. A spelling that is known already is left alone, and so is clean text that differs in marks
 * alone, unless the sender is mostly spelt otherwise. Where a sender of the very name is known to be, an
 * address may be less like it.
 */
#ifndef DOCKET_ML_SENDERS_H
#define DOCKET_ML_SENDERS_H

#include "err.h"

#include <jansson.h>
#include <stddef.h>

enum sender_part { SENDER_NAME, SENDER_ADDRESS, SENDER_PARTS };

struct senders;
struct senders *senders_new(void);
void senders_free(struct senders **s);
/* One more paper of a sender; the spelling seen most often stands for all that share its key. */
void senders_add(struct senders *s, enum sender_part part, const char *text);
/* One more paper of the sender of that name, who is there. */
void senders_add_home(struct senders *s, const char *name, const char *address);
/* Known spelling for `text`, or NULL. `ret_similarity` is 1 when nothing had to be mended. */
const char *senders_find(const struct senders *s, enum sender_part part, const char *text, double least,
                         double *ret_similarity);

/* The address of the sender of that name which is most like `text`; NULL: none is nearly, or one quite the
 * same. */
const char *senders_home(const struct senders *s, const char *name, const char *text, double *ret_similarity);

json_t *senders_json(const struct senders *s); /* a new reference */
enum err senders_from_json(const json_t *j, struct senders **ret, struct why *why) MUST_CHECK;

#endif
