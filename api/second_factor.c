#include "second_factor.h"

#include "clock.h"
#include "code_pace.h"
#include "guesses.h"
#include "letters.h"
#include "observe.h"
#include "own.h"
#include "web_authn.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <sodium.h>

#define STEP_S  30
#define WINDOW  1 /* a step early or late: clocks of phones */
#define N_DIGIT 6

/* ---- whether there must be one ---- */

static bool
demanded(const struct settings *s, const struct user *user)
{
	return strcmp(s->api_second_factor, "all") == 0 ||
	       (strcmp(s->api_second_factor, "admins") == 0 && user->role == ROLE_ADMIN);
}

static bool
has_passkey(const struct settings *s, const struct user *user)
{
	struct web_authn_party party;
	return user->passkey && web_authn_party(s->api_public_url, &party);
}

bool
second_factor_lacking(const struct settings *s, const struct user *user)
{
	return demanded(s, user) && !user->second_factor && !has_passkey(s, user);
}

bool
passkey_demanded(const struct settings *s, const struct user *user)
{
	return demanded(s, user) && !user->second_factor && has_passkey(s, user);
}

/* ---- codes ---- */

static void
begin_library(void)
{
	if (oath_init() != OATH_OK)
		BUG("liboath does not start");
}

static void
need_library(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, begin_library);
}

/* The time step whose code it is; false: of none near now. */
static bool
step_of(const uint8_t secret[static TOTP_SECRET_LEN], const char *code, int64_t *ret)
{
	uint64_t counter = 0;
	int at = 0;
	need_library();
	int rc = oath_totp_validate3((const char *)secret, TOTP_SECRET_LEN, (time_t)(clock_wall_ms() / 1000),
	                             STEP_S, 0, WINDOW, &at, &counter, code);
	*ret = (int64_t)counter;
	return rc >= 0;
}

static void
recovery_hash(const struct user *user, const char *code, uint8_t ret[static TOKEN_HASH_LEN])
{
	crypto_hash_sha256_state s;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, user->id.b, sizeof user->id.b);
	for (const char *c = code; *c; c++) {
		unsigned char low = (unsigned char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
		if (low != '-' && low != ' ')
			crypto_hash_sha256_update(&s, &low, 1);
	}
	crypto_hash_sha256_final(&s, ret);
}

/* Counted before anybody hears that it was wrong; and the owner hears once that somebody guesses. */
static enum err
timed_code_was_wrong(struct request *rq, const struct user *user, struct why *why)
{
	int32_t wrong;
	TRY(storage_totp_wrong(request_storage(rq), user->id, CODE_FORGET_MS, &wrong, why));
	if (wrong != CODES_FREE)
		return ERR_NONE;
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_WARN, "codes.guessed");
	TRY(storage_audit(request_storage(rq), user->id, "second_factor.guessed", NULL, rq->request_id, why));
	return letter_send(rq, LETTER_CODES_GUESSED, user, user->email, NULL, why);
}

static enum err
use_timed_code(struct request *rq, const struct user *user, const char *code, struct why *why)
{
	uint8_t secret[TOTP_SECRET_LEN];
	struct totp_state totp;
	int64_t step;
	enum err had = storage_totp_get(request_storage(rq), user->id, secret, &totp, why);
	if (had == ERR_SECRET_LOST) /* no code can be right, so none is guessed, and none counts */
		return fail(why, had, "a second factor is sealed with another key than storage.key_file");
	TRY(had);
	int64_t wait_ms = totp.wrong_ms + code_wait_ms(totp.wrong) - clock_wall_ms();
	bool late = totp.in_force && totp.wrong >= CODES_FREE && wait_ms > 0;
	bool right = !late && step_of(secret, code, &step);
	sodium_memzero(secret, sizeof secret);
	if (late) {
		rq->retry_after = wait_ms / 1000 + 1;
		return fail(why, ERR_RATE_LIMITED, "too many wrong codes for this account");
	}
	if (right) {
		enum err e = storage_totp_use(request_storage(rq), user->id, step, why);
		return e == ERR_CONFLICT ? fail(why, ERR_WRONG_CODE, "%s", "") : e;
	}
	if (totp.in_force)
		TRY(timed_code_was_wrong(rq, user, why));
	return fail(why, ERR_WRONG_CODE, "%s", "");
}

static enum err
use_recovery_code(struct request *rq, const struct user *user, const char *code, struct why *why)
{
	uint8_t hash[TOKEN_HASH_LEN];
	const struct key *key;
	if (!user->second_factor) /* one is being set up */
		return fail(why, ERR_WRONG_CODE, "%s", "");
	recovery_hash(user, code, hash);
	enum err e = storage_key_spend(request_storage(rq), KEY_RECOVERY, hash, rq->mem, &key, why);
	return e == ERR_ABSENT ? fail(why, ERR_WRONG_CODE, "%s", "") : e;
}

enum err
second_factor_check(struct request *rq, const struct user *user, const char *code, struct why *why)
{
	bool timed = strlen(code) == N_DIGIT && strspn(code, "0123456789") == N_DIGIT;
	TRY(guess_allowed(rq, user->email, why));
	enum err e = timed ? use_timed_code(rq, user, code, why) : use_recovery_code(rq, user, code, why);
	if (e == ERR_WRONG_CODE)
		guess_was_wrong(rq, user->email);
	return e;
}

enum err
confirm_fully(struct request *rq, const json_t *body, struct why *why)
{
	const char *code;
	TRY(confirm_password(rq, body, why));
	if (!rq->user->second_factor)
		return ERR_NONE;
	TRY(member_string(body, "code", 40, &code, why));
	return second_factor_check(rq, rq->user, code, why);
}

enum err
second_factor_confirm(struct request *rq, const char *code, struct why *why)
{
	uint8_t secret[TOTP_SECRET_LEN];
	struct totp_state totp;
	TRY(storage_totp_get(request_storage(rq), rq->user->id, secret, &totp, why));
	sodium_memzero(secret, sizeof secret);
	if (totp.in_force)
		return fail(why, ERR_CONFLICT, "a second factor is in force; end it first");
	return second_factor_check(rq, rq->user, code, why);
}

const char *
second_factor_text(struct request *rq, const uint8_t *secret, size_t n)
{
	char *text = NULL;
	size_t len;
	need_library();
	if (oath_base32_encode((const char *)secret, n, &text, &len) != OATH_OK)
		BUG("no memory for a secret");
	const char *copy = arena_strndup(rq->mem, text, len);
	free(text);
	return copy;
}

enum err
recovery_codes_make(struct request *rq, struct buf *out, struct why *why)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* none that look like another */
	TRY(storage_key_end_all(request_storage(rq), rq->user->id, KEY_RECOVERY, why));
	buf_putc(out, '[');
	for (int i = 0; i < RECOVERY_CODES; i++) {
		char code[RECOVERY_CODE_LEN];
		uint8_t hash[TOKEN_HASH_LEN];
		size_t n = 0;
		for (int j = 0; j < 24; j++) {
			if (j > 0 && j % 4 == 0)
				code[n++] = '-';
			code[n++] = letters[random_below(sizeof letters - 1)];
		}
		code[n] = '\0';
		recovery_hash(rq->user, code, hash);
		const struct key k = {.id = uuid_new(), .user_id = rq->user->id, .kind = KEY_RECOVERY};
		TRY(storage_key_create(request_storage(rq), &k, hash, why));
		buf_printf(out, "%s\"%s\"", i ? "," : "", code);
		sodium_memzero(code, sizeof code);
	}
	buf_putc(out, ']');
	return ERR_NONE;
}
