/* sqlite_people.h: rows of users, as the files of the embedded driver that deal with people share them. */
#ifndef DOCKET_SQLITE_PEOPLE_H
#define DOCKET_SQLITE_PEOPLE_H

#include "sqlite_store.h"

#define USER_COLUMNS                                                                        \
	"user.id, user.email, user.password_hash, user.locale, user.created_ms, user.role," \
	" user.disabled, user.totp_on, user.verified_ms, user.delete_ms,"                   \
	" EXISTS (SELECT 1 FROM passkey WHERE passkey.user_id = user.id)"
#define N_USER_COLUMNS 11

/* USER_COLUMNS from the i-th column on. */
enum err column_user(sqlite3_stmt *s, int i, struct arena *mem, struct user *u, struct why *why) MUST_CHECK;
enum err load_user(struct connection *c, struct uuid id, struct arena *mem, const struct user **ret,
                   struct why *why) MUST_CHECK;

/* Deletes rows of one user: `sql` takes the user's id as ?1. */
enum err delete_of_user(struct connection *c, const char *sql, struct uuid user, struct why *why) MUST_CHECK;

/* sqlite_invitations.c: an open one has made the account of `user`. ERR_ABSENT: it is not open. */
enum err use_invitation(struct connection *c, const uint8_t *hash, struct uuid user, struct why *why)
    MUST_CHECK;

/* How exactly the last use of a session or a key is known. One that cannot be noted (a full disk) keeps
 * nobody from reading. */
#define TOUCH_MS 60000
/* Notes it without waiting, as threads look here that serve many: `note` gets the hash. */
void touch_later(struct storage *st,
                 enum err (*note)(struct storage *, struct connection *, void *, struct why *),
                 const uint8_t hash[static TOKEN_HASH_LEN]);

#endif
