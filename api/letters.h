/* letters.h: what is written to people: queued with its errand, sent by the worker, in their language.
 *
 * Links carry their secret behind "#", which browsers keep to themselves: it reaches no log, no proxy and no
 * Referer.
 */
#ifndef DOCKET_LETTERS_H
#define DOCKET_LETTERS_H

#include "request.h"

enum letter {
	LETTER_VERIFY,           /* with a link: this address is mine */
	LETTER_RESET,            /* with a link: a new password */
	LETTER_INVITATION,       /* with a link: an account */
	LETTER_PASSWORD_CHANGED, /* it was you, we hope */
	LETTER_ACCESS_ENDED,     /* the same, and nothing of before stays in force */
	LETTER_EMAIL_CHANGES,    /* to the old address; the extra text is the new one */
	LETTER_FACTOR_CHANGED,   /* the second factor was switched on or off */
	LETTER_PASSKEYS_CHANGED, /* one was added or removed */
	LETTER_CODES_GUESSED,    /* wrong codes of the second factor, one after another */
	LETTER_LEAVING,          /* the account goes; the extra text is when */
	LETTER_MAX
};

bool mail_is_on(const struct settings *s);
/* ERR_NO_MAIL. */
enum err mail_needed(struct request *rq, struct why *why) MUST_CHECK;

/* Without mail nothing happens. `extra` may be NULL. */
enum err letter_send(struct request *rq, enum letter kind, const struct user *user, const char *to,
                     const char *extra, struct why *why) MUST_CHECK;
/* A letter with a link that stands for a new key of `key_kind`, good for `life_ms`. */
enum err letter_send_link(struct request *rq, enum letter kind, const struct user *user, const char *to,
                          enum key_kind key_kind, int64_t life_ms, struct why *why) MUST_CHECK;

#endif
