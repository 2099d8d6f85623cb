/* Whom passkeys are for, and what a browser may say of where one was used. */
#include "web_authn.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void
the_party_is_the_host_and_the_origin_of_the_address(void **state)
{
	static const struct {
		const char *url, *id, *origin;
	} rows[] = {
	    {"https://docket.example", "docket.example", "https://docket.example"},
	    {"https://Docket.Example:8443/papers", "docket.example", "https://docket.example:8443"},
	    {"https://docket.example:443", "docket.example", "https://docket.example"},
	    {"http://localhost", "localhost", "http://localhost"},
	    {"http://localhost:80/", "localhost", "http://localhost"},
	    {"http://localhost:8080", "localhost", "http://localhost:8080"},
	};
	struct web_authn_party p;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(web_authn_party(rows[i].url, &p));
		assert_string_equal(p.id, rows[i].id);
		assert_string_equal(p.origin, rows[i].origin);
	}
}

static void
there_is_none_where_browsers_would_not(void **state)
{
	static const char *const urls[] = {
	    "",
	    "docket.example",
	    "http://docket.example",
	    "http://127.0.0.1:8080",
	    "https://127.0.0.1",
	    "https://[::1]:8080",
	    "ftp://localhost",
	    "https://",
	    "https://ann@docket.example",
	    "https://docket.example:80x",
	    "https://docket.example?x",
	    "http://localhost.example",
	    "https://docket.example:1234567",
	};
	struct web_authn_party p;
	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		assert_false(web_authn_party(urls[i], &p));
}

static enum err
client_data(const char *json)
{
	static const struct web_authn_party party = {"docket.example", "https://docket.example"};
	uint8_t challenge[CHALLENGE_LEN];
	struct why why;
	enum err e = web_authn_client_data(json, strlen(json), "webauthn.get", &party, challenge, &why);
	if (e == ERR_NONE)
		for (uint8_t i = 0; i < CHALLENGE_LEN; i++)
			assert_int_equal(challenge[i], i);
	return e;
}

static void
client_data_is_of_our_type_our_origin_and_our_own_page(void **state)
{
	(void)state;
#define DATA(type, challenge, more)                                                          \
	"{\"type\":\"" type "\",\"challenge\":\"" challenge "\",\"origin\":\"https://docket" \
	".example\"" more "}"
	assert_int_equal(client_data(DATA("webauthn.get", CHALLENGE, "")), ERR_NONE);
	assert_int_equal(client_data(DATA("webauthn.get", CHALLENGE, ",\"crossOrigin\":false,\"x\":1")),
	                 ERR_NONE);
	static const char *const bad[] = {
	    "",
	    "[]",
	    "{}",
	    DATA("webauthn.create", CHALLENGE, ""),
	    DATA("webauthn.get", CHALLENGE, ",\"crossOrigin\":true"),
	    DATA("webauthn.get", CHALLENGE, ",\"crossOrigin\":\"false\""),
	    DATA("webauthn.get", CHALLENGE, ",\"topOrigin\":\"https://docket.example\""),
	    DATA("webauthn.get", CHALLENGE, ",\"origin\":\"https://docket.example\""),
	    DATA("webauthn.get", CHALLENGE "=", ""),
	    DATA("webauthn.get", CHALLENGE "AAAA", ""),
	    DATA("webauthn.get", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", ""),
	    DATA("webauthn.get", "AAECAw", ""),
	    "{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE
	    "\",\"origin\":\"https://docket.example.org\"}",
	    "{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE
	    "\",\"origin\":\"http://docket.example\"}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(client_data(bad[i]), ERR_BAD_PASSKEY);
}

static void
a_head_that_tells_of_more_than_follows_is_refused_unread(void **state)
{
	static const struct web_authn_party party = {"docket.example", "https://docket.example"};
	static const uint8_t maps[][9] = {
	    {0xBA, 0xFF, 0xFF, 0xFF, 0xFF},                         /* a map of 4294967295 */
	    {0x9B, 0x80, 0, 0, 0, 0, 0, 0, 1},                      /* an array that overflows */
	    {0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81}, /* too deep */
	    {0xBF, 0xFF},                                           /* a length that is not told */
	    {0x58, 0xFF},                                           /* bytes that are not there */
	};
	struct new_credential c;
	struct why why;
	(void)state;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		uint8_t data[37 + 16 + 2 + sizeof maps[0]] = {0};
		crypto_hash_sha256(data, (const unsigned char *)party.id, strlen(party.id));
		data[32] = 0x45; /* present, verified, with a credential */
		memcpy(data + 55, maps[i], sizeof maps[i]);
		assert_int_equal(web_authn_new(data, sizeof data, &party, &c, &why), ERR_BAD_PASSKEY);
		assert_non_null(strstr(why.text, "less than it says"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_party_is_the_host_and_the_origin_of_the_address),
	    cmocka_unit_test(there_is_none_where_browsers_would_not),
	    cmocka_unit_test(client_data_is_of_our_type_our_origin_and_our_own_page),
	    cmocka_unit_test(a_head_that_tells_of_more_than_follows_is_refused_unread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
