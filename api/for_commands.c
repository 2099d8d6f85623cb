/* What the command line needs of accounts and should not do in a way of its own. */
#include "account.h"
#include "api.h"
#include "document_query.h"
#include "passwords.h"
#include "session_tokens.h"

#include <sodium.h>

#define INVITE_NOTE_MAX 400 /* bytes */

_Static_assert(API_TOKEN_LEN == TOKEN_TEXT_LEN && API_PASSWORD_HASH_LEN == PASSWORD_HASH_LEN, "as inside");

enum err
api_hash_password(const struct settings *s, const char *email, const char *password,
                  char ret[static API_PASSWORD_HASH_LEN], struct why *why)
{
	if (sodium_init() < 0)
		return fail(why, ERR_BROKEN, "libsodium does not start");
	TRY(password_strong_enough(password, email, why));
	return password_hash(s, password, ret, why);
}

void
api_link_token(char ret[static API_TOKEN_LEN], uint8_t ret_hash[static 32])
{
	token_new(TOKEN_LINK, ret, ret_hash);
}

enum err
api_check_invitation(const char *email, const char *note, struct why *why)
{
	if (email && !looks_like_email(email))
		return fail(why, ERR_BAD_EMAIL, "%s", "");
	return note ? text_ok("note", note, INVITE_NOTE_MAX, false, why) : ERR_NONE;
}
