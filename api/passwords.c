#include "passwords.h"

#include "own.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>

enum err
password_hash(const struct settings *s, const char *password, char ret[static PASSWORD_HASH_LEN],
              struct why *why)
{
	_Static_assert(PASSWORD_HASH_LEN >= crypto_pwhash_STRBYTES, "a hash fits");
	if (crypto_pwhash_str(ret, password, strlen(password), (unsigned long long)s->api_hash_passes,
	                      (size_t)s->api_hash_memory) != 0)
		return fail(why, ERR_BUSY, "no memory for a password hash of %lld bytes",
		            (long long)s->api_hash_memory);
	return ERR_NONE;
}

enum err
password_check(const struct settings *s, const char *password, const char *hash, bool *ret, struct why *why)
{
	if (!hash) {
		char drop[PASSWORD_HASH_LEN];
		*ret = false;
		return password_hash(s, password, drop, why);
	}
	*ret = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
	return ERR_NONE;
}

bool
password_hash_is_old(const struct settings *s, const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash, (unsigned long long)s->api_hash_passes,
	                                      (size_t)s->api_hash_memory) != 0;
}

/* What the lists of leaked passwords are made of, once digits, case and ornament are taken away. */
static const char *const common[] = {
#include "common_passwords.h"
};

/* Taken as they are. */
static const char *const leaked[] = {
#include "leaked_passwords.h"
};

static int
by_text(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

static bool
was_leaked(const char *word)
{
	return bsearch(word, leaked, ARRAY_LEN(leaked), sizeof leaked[0], by_text) != NULL;
}

/* "P4ssw0rd!!2024" -> "password": lower case, digits that stand for letters, no ornament at the ends. */
static void
bare_word(const char *password, char *ret, size_t cap)
{
	static const char from[] = "0134578@$!", to[] = "oieastbasi";
	size_t n = 0, end = strlen(password), start = 0;
	while (end > 0 && !isalpha((unsigned char)password[end - 1]) &&
	       (unsigned char)password[end - 1] < 128)
		end--;
	while (start < end && !isalpha((unsigned char)password[start]) &&
	       (unsigned char)password[start] < 128)
		start++;
	for (size_t i = start; i < end && n + 1 < cap; i++) {
		char c = (char)tolower((unsigned char)password[i]);
		const char *digit = strchr(from, c);
		if (digit && c)
			c = to[digit - from];
		if (c != ' ' && c != '_' && c != '-' && c != '.')
			ret[n++] = c;
	}
	ret[n] = '\0';
}

/* "aaaaaaaaaa", "abcabcabcabc", "1234567890", "qwertyuiop": long without being long. */
static bool
is_pattern(const char *s)
{
	static const char *const rows[] = {"01234567890123456789",         "98765432109876543210",
	                                   "abcdefghijklmnopqrstuvwxyz",   "qwertyuiopasdfghjklzxcvbnm",
	                                   "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p"};
	size_t n = strlen(s);
	for (size_t period = 1; period <= 4 && period * 2 <= n; period++) {
		size_t i = period;
		while (i < n && s[i] == s[i - period])
			i++;
		if (i == n)
			return true;
	}
	for (size_t r = 0; r < ARRAY_LEN(rows); r++)
		if (n <= strlen(rows[r]) && strcasestr(rows[r], s))
			return true;
	return false;
}

enum err
password_strong_enough(const char *password, const char *email, struct why *why)
{
	size_t bytes = strlen(password), characters = 0;
	for (size_t i = 0; i < bytes; i++)
		characters += (password[i] & 0xC0) != 0x80;
	if (characters < PASSWORD_MIN)
		return fail(why, ERR_WEAK_PASSWORD, "it has %zu characters, at least %d are needed",
		            characters, PASSWORD_MIN);
	if (bytes > PASSWORD_MAX)
		return fail(why, ERR_WEAK_PASSWORD, "it is over %d bytes long", PASSWORD_MAX);
	if (is_pattern(password))
		return fail(why, ERR_WEAK_PASSWORD, "it is a row or a repetition");
	char word[PASSWORD_MAX + 1], low[PASSWORD_MAX + 1];
	bare_word(password, word, sizeof word);
	for (size_t i = 0; i <= bytes; i++)
		low[i] = (char)tolower((unsigned char)password[i]);
	if (was_leaked(low) || was_leaked(word))
		return fail(why, ERR_WEAK_PASSWORD, "it is among the most common ones");
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (strcmp(word, common[i]) == 0)
			return fail(why, ERR_WEAK_PASSWORD, "it is among the most common ones");
	size_t local = strcspn(email, "@");
	if (strcasecmp(password, email) == 0 ||
	    (local >= 4 && strncasecmp(password, email, local) == 0 && strlen(word) <= local + 2))
		return fail(why, ERR_WEAK_PASSWORD, "it is made of the e-mail address");
	return ERR_NONE;
}
