/* errands.h: the part of storage's door for what goes out besides answers: letters, webhooks, exports.
 *
 * An errand is small work beside the reading of documents. It is stored in the transaction of what causes it,
 * claimed by a worker for a while, and settled; its attempt number only grows and fences, as a job's lease
 * does. What failed waits with growing pauses; what failed for good stays as dead, to be sent again by hand
 * until, like all that has ended, it goes in time.
 *
 *                  claim                  settle
 *      waiting ------------> (in hand) ------------> done
 *        ^  ^ \_ pause _________/  |  \___________> dead
 *        |  `--- the claim ran out-'                 |
 *        `----------------- again -------------------'
 *
 * Webhooks call addresses that strangers name, and may be kept waiting there. So of one owner one at a time
 * is in hand, the owner who was called for least lately goes first, whose calls took long later than that,
 * and an address that did not answer rests.
 *
 * Calls, lifetime and failure as in storage.h.
 */
#ifndef DOCKET_STORAGE_ERRANDS_H
#define DOCKET_STORAGE_ERRANDS_H

#include "storage.h"

enum errand_kind { ERRAND_MAIL, ERRAND_WEBHOOK, ERRAND_EXPORT };
enum errand_state { ERRAND_WAITING, ERRAND_DONE, ERRAND_DEAD };

struct errand {
	struct uuid id, user_id, subject_id; /* the subject: the webhook; else nil */
	enum errand_kind kind;
	enum errand_state state;
	int32_t attempt; /* 0 before the first */
	int64_t created_ms;
	int64_t due_ms;     /* once it is claimed, when the claim runs out */
	int64_t ended_ms;   /* 0: not yet */
	const char *body;   /* what is to be sent; of a letter gone once it is sent */
	const char *detail; /* how the last attempt went; NULL before */
};

/* id, user_id, subject_id, kind, body, due_ms are taken. */
enum err storage_errand_put(struct storage *st, const struct errand *e, struct why *why) MUST_CHECK;
/* One that is due, out of others' reach for `hold_ms`, of the kinds up to `last`: a letter before all others,
 * as it may be what opens an account again, then an export. ERR_ABSENT: none. */
enum err storage_errand_claim(struct storage *st, enum errand_kind last, int64_t hold_ms, struct arena *mem,
                              const struct errand **ret, struct why *why) MUST_CHECK;
/* `state` WAITING: again at `due_ms`. `rest_until_ms`: until then its webhook is called for nothing else
 * either; 0: it answered. `behind_ms`: as if its owner had been called for so much later, so that who is
 * quick goes before who takes long, however many they are. ERR_LEASE_LOST when somebody else has it by now,
 * or it is gone; its owner is free again even so. */
enum err storage_errand_settle(struct storage *st, const struct errand *e, enum errand_state state,
                               int64_t due_ms, int64_t rest_until_ms, int64_t behind_ms, const char *detail,
                               struct why *why) MUST_CHECK;

struct errand_page {
	const struct errand *errands;
	size_t n;
	bool more;
};
/* Of one subject, newest first, without bodies. */
enum err storage_errand_list(struct storage *st, struct uuid user, struct uuid subject, struct uuid before,
                             int32_t limit, struct arena *mem, struct errand_page *ret, struct why *why)
    MUST_CHECK;
/* Done or dead: once more, at once, under the same id, even if its webhook rests. ERR_ABSENT; ERR_CONFLICT
 * while it waits anyway. */
enum err storage_errand_again(struct storage *st, struct uuid user, struct uuid id, struct why *why)
    MUST_CHECK;

/* Those go that were done or given up before then, at most 1000; `*n` how many. */
enum err storage_errand_expire(struct storage *st, int64_t before_ms, size_t *n, struct why *why) MUST_CHECK;

/* ---- webhooks ---- */

enum webhook_event { EVENT_DOCUMENT_DONE = 1, EVENT_DOCUMENT_FAILED = 2 };
struct webhook {
	struct uuid id, user_id;
	const char *url;
	const char *secret; /* at most 64 bytes; it signs, so it is sealed and not hashed. NULL: it cannot be
	                       unsealed */
	uint32_t events;    /* enum webhook_event, or-ed */
	int64_t created_ms;
	int32_t failures; /* since it answered last; taken by nobody */
};
#define WEBHOOKS_MAX 20 /* of one user */

/* ERR_INVALID: too many. Whatever ends from now on and is among its events, makes an errand of each. */
enum err storage_webhook_create(struct storage *st, const struct webhook *w, struct why *why) MUST_CHECK;
enum err storage_webhook_list(struct storage *st, struct uuid user, struct arena *mem,
                              const struct webhook **ret, size_t *n, struct why *why) MUST_CHECK;
enum err storage_webhook_get(struct storage *st, struct uuid user, struct uuid id, struct arena *mem,
                             const struct webhook **ret, struct why *why) MUST_CHECK;
/* With its errands. */
enum err storage_webhook_end(struct storage *st, struct uuid user, struct uuid id, struct why *why)
    MUST_CHECK;

/* ---- the export of an account ---- */

enum export_state { EXPORT_RUNNING, EXPORT_DONE, EXPORT_FAILED };
struct export_row {
	enum export_state state;
	int64_t created_ms, ended_ms;
	struct blob blob; /* when done */
};
/* A new one in place of the last, with its errand. ERR_CONFLICT while one is running. */
enum err storage_export_begin(struct storage *st, struct uuid user, struct why *why) MUST_CHECK;
/* `blob` NULL: it failed. */
enum err storage_export_end(struct storage *st, struct uuid user, const struct blob *blob, struct why *why)
    MUST_CHECK;
/* One that has ended before then goes, with its file. ERR_ABSENT: there is none. */
enum err storage_export_expire(struct storage *st, int64_t before_ms, struct why *why) MUST_CHECK;
/* ERR_ABSENT: none was asked for, or it has gone. */
enum err storage_export_get(struct storage *st, struct uuid user, struct export_row *ret, struct why *why)
    MUST_CHECK;

#endif
