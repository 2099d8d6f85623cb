/* accounts.h: the part of storage's door for people: what they may change about themselves, their
 * sessions, the keys that stand for them, and leaving.
 *
 * A key is any secret of which storage keeps only the SHA-256: an API token, the token of a feed, a link
 * sent by mail, an invitation, a recovery code. Which kind it is decides what it opens; its text is known
 * to its holder alone.
 *
 * Calls, lifetime and failure as in storage.h.
 */
#ifndef DOCKET_ACCOUNTS_H
#define DOCKET_ACCOUNTS_H

#include "storage.h"

/* ---- users ---- */

/* What ends with a change, in its transaction: */
enum user_ends {
	ENDS_NOTHING,
	ENDS_SESSIONS, /* all of them, and links that are out to a new password or address; */
	ENDS_ACCESS /* and what opens the account, or tells of its papers, without its password: passkeys, API
	             * tokens, calendar addresses, webhooks with what waits for them */
};

/* What to change; a member that is NULL or -1 stays as it is. */
struct user_change {
	const char *email, *password_hash, *locale;
	int role;            /* enum user_role; who is no admin any more has no invitations out */
	int disabled;        /* 0 or 1; disabling ends sessions and keys, but for recovery codes */
	int64_t verified_ms; /* when the e-mail was proved; 0: not */
	int64_t delete_ms;   /* when the account goes; 0: it stays */
	enum user_ends ends;
	const char *password_was; /* ERR_CONFLICT when it has another hash by now; NULL: whatever it has */
	/* For the audit: "user.password_changed"; who did it, where that is somebody else; what; in which
	 * request. All but the first may be NULL. */
	const char *action, *by, *detail, *request_id;
};
#define USER_CHANGE_NONE .role = -1, .disabled = -1, .verified_ms = -1, .delete_ms = -1

/* ERR_ABSENT, ERR_EMAIL_TAKEN, ERR_CONFLICT. `*ret` is the user afterwards. */
enum err storage_user_change(struct storage *st, struct uuid id, const struct user_change *change,
                             struct arena *mem, const struct user **ret, struct why *why) MUST_CHECK;

struct user_page {
	const struct user *users;
	size_t n;
	bool more; /* continue with before = the last one's id */
};
/* Everybody, newest first; for admins. */
enum err storage_user_list(struct storage *st, struct uuid before, int32_t limit, struct arena *mem,
                           struct user_page *ret, struct why *why) MUST_CHECK;

/* Kept as things change, so that asking costs the same however much there is. */
struct usage {
	int64_t documents, bytes;       /* of originals; those in the trash too */
	int64_t trashed, trashed_bytes; /* of these: in the trash */
	int64_t waiting;                /* documents that are to be read */
};
enum err storage_user_usage(struct storage *st, struct uuid id, struct usage *ret, struct why *why)
    MUST_CHECK;

/* Everything of a user goes: rows of every table, files, search, what was learned from corrections. What
 * the audit says of them stays, under an id that leads nowhere any more. ERR_ABSENT. Any other failure to
 * take a file away: the rest is gone all the same, and that file is swept. */
enum err storage_user_erase(struct storage *st, struct uuid id, struct why *why) MUST_CHECK;
/* One user whose time to go has come. ERR_ABSENT: nobody. */
enum err storage_user_due(struct storage *st, struct uuid *ret, struct why *why) MUST_CHECK;

/* ---- sessions ---- */

struct session {
	struct uuid id;
	int64_t created_ms, used_ms; /* used: to the minute */
	int64_t expires_ms;
	const char *device, *address; /* as told when it began; NULL where unknown */
	bool current;
};
/* The live ones, newest first; `current` is the one whose token hash is given (may be NULL). */
enum err storage_session_list(struct storage *st, struct uuid user, const uint8_t *current_hash,
                              struct arena *mem, const struct session **ret, size_t *n, struct why *why)
    MUST_CHECK;
/* End one by its id. ERR_ABSENT. */
enum err storage_session_end_one(struct storage *st, struct uuid user, struct uuid id, struct why *why)
    MUST_CHECK;
/* End all but the one whose token hash is given; NULL: all. */
enum err storage_session_end_others(struct storage *st, struct uuid user, const uint8_t *keep_hash,
                                    struct why *why) MUST_CHECK;

/* ---- keys ---- */

enum key_kind {
	KEY_API,      /* stands for its user at the API, within its scopes */
	KEY_FEED,     /* opens one feed */
	KEY_VERIFY,   /* proves an e-mail: `data` is the address */
	KEY_RESET,    /* sets a new password, once */
	KEY_INVITE,   /* makes an account, once: `data` is the address it is for, `name` a note, or NULL */
	KEY_RECOVERY, /* stands for the second factor, once */
	KEY_KIND_MAX
};

struct key {
	struct uuid id, user_id; /* whose it is; of an invitation: who invites */
	enum key_kind kind;
	const char *name, *data;              /* NULL where there is none */
	uint32_t scopes;                      /* enum key_scope, or-ed */
	int64_t created_ms, used_ms, ends_ms; /* used 0: never; ends 0: never */
	bool by_command;                      /* an invitation made in their name at the command line */
};
enum key_scope { SCOPE_READ = 1, SCOPE_UPLOAD = 2, SCOPE_WRITE = 4 };

/* `key`'s id, user_id, kind, name, data, scopes, ends_ms are taken; the audit tells by_command. */
enum err storage_key_create(struct storage *st, const struct key *key,
                            const uint8_t key_hash[static TOKEN_HASH_LEN], struct why *why) MUST_CHECK;
/* A live key of that kind; notes its use, at most once a minute. ERR_ABSENT. */
enum err storage_key_find(struct storage *st, enum key_kind kind,
                          const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem,
                          const struct key **ret, struct why *why) MUST_CHECK;
/* The same, and it is gone: of two who come with it one gets it. Not for invitations. ERR_ABSENT. */
enum err storage_key_spend(struct storage *st, enum key_kind kind,
                           const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem,
                           const struct key **ret, struct why *why) MUST_CHECK;
/* The user that an API token stands for, as storage_session_user(). ERR_UNAUTHENTICATED. */
enum err storage_key_user(struct storage *st, const uint8_t key_hash[static TOKEN_HASH_LEN],
                          struct arena *mem, const struct user **ret, struct why *why) MUST_CHECK;
/* The live ones of a kind, newest first, at most 200. */
enum err storage_key_list(struct storage *st, struct uuid user, enum key_kind kind, struct arena *mem,
                          const struct key **ret, size_t *n, struct why *why) MUST_CHECK;
/* ERR_ABSENT when there is none of that kind and id. */
enum err storage_key_end(struct storage *st, struct uuid user, enum key_kind kind, struct uuid id,
                         struct why *why) MUST_CHECK;
enum err storage_key_end_all(struct storage *st, struct uuid user, enum key_kind kind, struct why *why)
    MUST_CHECK;

/* ---- invitations ---- */

/* As storage_user_create(), by an invitation, which is used up by it and by nothing less. ERR_ABSENT: there
 * is none, or not any more. */
enum err storage_user_join(struct storage *st, const char *email, const char *password_hash,
                           const char *locale, const uint8_t invitation_hash[static TOKEN_HASH_LEN],
                           struct arena *mem, const struct user **ret, struct why *why) MUST_CHECK;

struct invitation {
	struct uuid id, by;
	const char *by_email, *email, *note; /* who invites; whom alone; NULL where there is none */
	int64_t created_ms, ends_ms;
	struct uuid used_by; /* nil while it is open, */
	const char *used_by_email;
	int64_t used_ms; /* and 0 */
};
struct invitation_page {
	const struct invitation *invitations;
	size_t n;
	bool more; /* continue with before = the last one's id */
};
/* Everybody's, newest first; used ones too, until their time is over. */
enum err storage_invitation_list(struct storage *st, struct uuid before, int32_t limit, struct arena *mem,
                                 struct invitation_page *ret, struct why *why) MUST_CHECK;
/* End one of anybody's; `by` nil: whoever runs the service. `request_id` may be NULL. ERR_ABSENT;
 * ERR_CONFLICT when it was used. */
enum err storage_invitation_end(struct storage *st, struct uuid id, struct uuid by, const char *request_id,
                                struct why *why) MUST_CHECK;

/* ---- the second factor: a time-based code (RFC 6238) ---- */

#define TOTP_SECRET_LEN 20
/* A new secret, not in force until it is confirmed; one that was not confirmed goes. ERR_CONFLICT: one is in
 * force. */
enum err storage_totp_begin(struct storage *st, struct uuid user,
                            const uint8_t secret[static TOTP_SECRET_LEN], struct why *why) MUST_CHECK;
struct totp_state {
	bool in_force;
	int32_t wrong;    /* codes that are remembered to have been, */
	int64_t wrong_ms; /* and when the last was */
};
/* ERR_ABSENT: none. ERR_SECRET_LOST: it is sealed with another key; the state is told all the same. */
enum err storage_totp_get(struct storage *st, struct uuid user, uint8_t ret[static TOTP_SECRET_LEN],
                          struct totp_state *ret_state, struct why *why) MUST_CHECK;
/* A code was wrong: how many are remembered now. One is forgotten for each `forget_ms` without another, and
 * all are with a new password. */
enum err storage_totp_wrong(struct storage *st, struct uuid user, int64_t forget_ms, int32_t *ret,
                            struct why *why) MUST_CHECK;
/* The code of time step `step` was right: it is used up with all before it, and the factor is in force.
 * ERR_CONFLICT when that step was used already. */
enum err storage_totp_use(struct storage *st, struct uuid user, int64_t step, struct why *why) MUST_CHECK;
enum err storage_totp_end(struct storage *st, struct uuid user, struct why *why) MUST_CHECK;

/* ---- what a calendar shows ---- */

struct due_date {
	struct uuid document_id;
	const char *date;                        /* "2026-11-24" */
	const char *merchant, *total, *currency; /* NULL where unknown */
};
/* The due dates that results tell, as corrected, of what is neither in the trash nor tagged as paid; newest
 * first, at most 500. */
enum err storage_due_dates(struct storage *st, struct uuid user, struct arena *mem,
                           const struct due_date **ret, size_t *n, struct why *why) MUST_CHECK;

#endif
