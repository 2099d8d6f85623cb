/* pg_people.h: rows of users, as the files of the PostgreSQL driver that deal with people share them. */
#ifndef DOCKET_PG_PEOPLE_H
#define DOCKET_PG_PEOPLE_H

#include "pg_store.h"

#define USER_COLUMNS                                                                              \
	"users.id, users.email, users.password_hash, users.locale, users.created_ms, users.role," \
	" users.disabled, users.totp_on, users.verified_ms, users.delete_ms,"                     \
	" (EXISTS (SELECT 1 FROM passkey WHERE passkey.user_id = users.id))::int"
#define N_USER_COLUMNS 11

/* USER_COLUMNS at the start of a row. */
enum err col_user(const PGresult *r, int row, struct arena *mem, struct user *u, struct why *why) MUST_CHECK;

/* pg_invitations.c: an open one has made the account of `user`. ERR_ABSENT: it is not open. */
enum err pg_use_invitation(struct pg_tx *t, const uint8_t *hash, struct uuid user, struct why *why)
    MUST_CHECK;

/* How exactly the last use of a session or a key is known. One that cannot be noted (a full disk) keeps
 * nobody from reading. */
#define TOUCH_MS 60000

#endif
