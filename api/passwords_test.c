/* A log-in of nobody costs as many hashes as one of somebody: counted, as clocks cannot be trusted. */
#include "passwords.h"

#include "buf.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The linker puts these in place of libsodium's (--wrap), which they count and call. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): so the linker calls them */
int __real_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *passwd, unsigned long long n,
                             unsigned long long passes, size_t memory);
int __real_crypto_pwhash_str_verify(const char *str, const char *passwd, unsigned long long n);
int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *passwd, unsigned long long n,
                             unsigned long long passes, size_t memory);
int __wrap_crypto_pwhash_str_verify(const char *str, const char *passwd, unsigned long long n);

static int made, verified;
static size_t memory_used;

int
__wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *passwd, unsigned long long n,
                         unsigned long long passes, size_t memory)
{
	made++;
	memory_used = memory;
	return __real_crypto_pwhash_str(out, passwd, n, passes, memory);
}

int
__wrap_crypto_pwhash_str_verify(const char *str, const char *passwd, unsigned long long n)
{
	verified++;
	return __real_crypto_pwhash_str_verify(str, passwd, n);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static const struct settings settings = {.api_hash_passes = 1, .api_hash_memory = 8 * MIB};

static void
an_unknown_user_costs_one_hash_of_the_same_size(void **state)
{
	(void)state;
	char hash[PASSWORD_HASH_LEN];
	struct why why;
	bool right;
	assert_int_equal(password_hash(&settings, "seven brown teapots 41", hash, &why), ERR_NONE);
	made = verified = 0;
	assert_int_equal(password_check(&settings, "nine grey kettles 52", hash, &right, &why), ERR_NONE);
	assert_false(right);
	assert_int_equal(made + verified, 1);

	made = verified = 0;
	memory_used = 0;
	right = true;
	assert_int_equal(password_check(&settings, "nine grey kettles 52", NULL, &right, &why), ERR_NONE);
	assert_false(right);
	assert_int_equal(made + verified, 1);
	assert_int_equal(memory_used, settings.api_hash_memory);
}

static const char *const leaked[] = {
#include "leaked_passwords.h"
};

static bool
is_weak(const char *password)
{
	struct why why;
	return password_strong_enough(password, "ann@example.org", &why) == ERR_WEAK_PASSWORD;
}

/* Each: so their order is the one that is searched by. */
static void
what_is_tried_first_is_nobodys_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(leaked); i++)
		if (!is_weak(leaked[i]))
			fail_msg("%s is taken", leaked[i]);
	assert_true(ARRAY_LEN(leaked) > 1000);
	assert_true(is_weak("Q1W2E3R4T5"));
	assert_true(is_weak("2024 Strawberry!!"));
	assert_true(is_weak("Docket-2026"));
	assert_false(is_weak("strawberry fields for ever"));
	assert_false(is_weak("seven brown teapots 41"));
	assert_false(is_weak("сорок два чайника"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unknown_user_costs_one_hash_of_the_same_size),
	    cmocka_unit_test(what_is_tried_first_is_nobodys_password),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
