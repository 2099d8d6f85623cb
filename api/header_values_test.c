#include "file_name.h"
#include "header_values.h"
#include "multipart.h"
#include "own.h"
#include "passwords.h"
#include "rate_limits.h"
#include "routes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
parameters_of_headers_are_found_in_all_their_spellings(void **state)
{
	(void)state;
	char v[64];
	assert_true(
	    header_parameter("form-data; name=\"file\"; filename=\"a b.jpg\"", "filename", v, sizeof v));
	assert_string_equal(v, "a b.jpg");
	assert_true(header_parameter("form-data;filename=plain.jpg ; name=x", "FileName", v, sizeof v));
	assert_string_equal(v, "plain.jpg");
	assert_true(header_parameter("attachment; filename=\"x\"; filename*=UTF-8''%D1%87%D0%B5%D0%BA.png",
	                             "filename", v, sizeof v));
	assert_string_equal(v, "чек.png");
	assert_true(header_parameter("a; filename=\"say \\\"hi\\\" %22x%22\"", "filename", v, sizeof v));
	assert_string_equal(v, "say \"hi\" \"x\"");
	assert_true(header_parameter("a; title=\"x; filename=no\"; filename=yes", "filename", v, sizeof v));
	assert_string_equal(v, "yes");
	assert_false(header_parameter("a; xname=1; name2=3", "name", v, sizeof v));
	assert_false(header_parameter("", "name", v, sizeof v));
}

static void
cookies_are_taken_by_their_whole_name(void **state)
{
	(void)state;
	char v[16];
	assert_true(cookie_value("a=1; docket_session=xyz; b=2", "docket_session", v, sizeof v));
	assert_string_equal(v, "xyz");
	assert_true(cookie_value("docket_session=", "docket_session", v, sizeof v));
	assert_string_equal(v, "");
	assert_false(cookie_value("xdocket_session=1; docket_session2=2", "docket_session", v, sizeof v));
	assert_false(cookie_value("docket_session=0123456789abcdef", "docket_session", v, sizeof v));
	assert_false(cookie_value(NULL, "docket_session", v, sizeof v));
}

static void
a_coding_is_accepted_where_it_is_named_and_weighs_something(void **state)
{
	(void)state;
	static const char browser[] = "gzip, deflate, br, zstd";
	assert_true(coding_accepted(browser, "br"));
	assert_true(coding_accepted(browser, "gzip"));
	assert_true(coding_accepted("identity, BR;q=1.0", "br"));
	assert_true(coding_accepted("br ;q=0.001", "br"));
	assert_true(coding_accepted("br;level=4;q=0.5", "br"));
	assert_false(coding_accepted("gzip, br;q=0", "br"));
	assert_false(coding_accepted("br; q=0.000 , gzip", "br"));
	assert_false(coding_accepted("brotli, xbr", "br"));
	assert_false(coding_accepted("*", "br"));
	assert_false(coding_accepted("", "br"));
	assert_false(coding_accepted(NULL, "br"));
}

static void
the_first_language_that_we_speak_is_taken(void **state)
{
	(void)state;
	assert_string_equal(language_accepted("ru-RU,ru;q=0.9,en-US;q=0.8"), "ru");
	assert_string_equal(language_accepted("de-DE, de;q=0.9, en;q=0.8, ru;q=0.7"), "en");
	assert_string_equal(language_accepted("fr,RU;q=0.5"), "ru");
	assert_string_equal(language_accepted("rue, run-DE"), "en");
	assert_string_equal(language_accepted("*"), "en");
	assert_string_equal(language_accepted(", ,"), "en");
	assert_string_equal(language_accepted(NULL), "en");
}

static void
etags_match_weakly_and_in_lists(void **state)
{
	(void)state;
	assert_true(etag_matches("\"7\"", "\"7\""));
	assert_true(etag_matches("\"1\", W/\"7\"", "\"7\""));
	assert_true(etag_matches("*", "\"7\""));
	assert_false(etag_matches("\"77\"", "\"7\""));
	assert_false(etag_matches("\"7", "\"7\""));
	assert_false(etag_matches(NULL, "\"7\""));
}

static void
ranges_follow_the_rfc(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		enum range kind;
		uint64_t first, len;
	} cases[] = {
	    {NULL, RANGE_WHOLE, 0, 0},
	    {"bytes=0-0", RANGE_PART, 0, 1},
	    {"bytes=10-19", RANGE_PART, 10, 10},
	    {"bytes=90-200", RANGE_PART, 90, 10},
	    {"bytes=50-", RANGE_PART, 50, 50},
	    {"bytes=-5", RANGE_PART, 95, 5},
	    {"bytes=-500", RANGE_PART, 0, 100},
	    {"bytes=-0", RANGE_OUTSIDE, 0, 0},
	    {"bytes=100-", RANGE_OUTSIDE, 0, 0},
	    {"bytes=9-3", RANGE_WHOLE, 0, 0},
	    {"bytes=0-1,5-6", RANGE_WHOLE, 0, 0},
	    {"lines=1-2", RANGE_WHOLE, 0, 0},
	    {"bytes=", RANGE_WHOLE, 0, 0},
	    {"bytes=99999999999999999999-", RANGE_WHOLE, 0, 0},
	    {"bytes=+1-2", RANGE_WHOLE, 0, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t first = 0, len = 0;
		assert_int_equal(range_parse(cases[i].header, 100, &first, &len), cases[i].kind);
		if (cases[i].kind == RANGE_PART) {
			assert_int_equal(first, cases[i].first);
			assert_int_equal(len, cases[i].len);
		}
	}
}

static void
names_of_files_stay_names(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	assert_string_equal(clean_file_name(mem, "../../etc/passwd.png"), "passwd.png");
	assert_string_equal(clean_file_name(mem, "..\\boot.ini"), "boot.ini");
	assert_string_equal(clean_file_name(mem, "a\r\nSet-Cookie: x=y.png"), "aSet-Cookie: x=y.png");
	assert_string_equal(clean_file_name(mem, " чек \xFF.png "), "чек .png");
	assert_string_equal(clean_file_name(mem, "photo\xE2\x80\xAEgpj.exe"), "photogpj.exe");
	assert_null(clean_file_name(mem, ".."));
	assert_null(clean_file_name(mem, "\x01\x02"));
	char longest[5000];
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(strlen(clean_file_name(mem, longest)), 255);
	assert_string_equal(
	    attachment_header(mem, "чек \"1\".png"),
	    "attachment; filename=\"______ _1_.png\"; filename*=UTF-8''%D1%87%D0%B5%D0%BA%20%221%22.png");
}

static void
only_our_own_origin_may_change_things(void **state)
{
	(void)state;
	assert_true(origin_is_ours("http://127.0.0.1:8080", "127.0.0.1:8080", ""));
	assert_true(origin_is_ours("https://docket.example", "inner:8080", "https://docket.example/"));
	assert_false(origin_is_ours("https://evil.example", "docket.example", "https://docket.example"));
	assert_false(origin_is_ours("null", "docket.example", ""));
	assert_false(
	    origin_is_ours("https://docket.example.evil", "docket.example", "https://docket.example"));
}

static void
addresses_find_their_endpoint(void **state)
{
	(void)state;
	struct route_match m;
	route_find("GET", "/jobs/019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d10", &m);
	assert_ptr_equal(m.route, &route_get_job);
	assert_false(m.bad_parameter);
	route_find("HEAD", "/documents/019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d10/pages/12", &m);
	assert_ptr_equal(m.route, &route_get_page);
	assert_int_equal(m.n, 12);
	route_find("GET", "/jobs/nonsense", &m);
	assert_true(m.bad_parameter);
	route_find("PATCH", "/jobs/019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d10", &m);
	assert_null(m.route);
	assert_string_equal(m.allow, "GET, HEAD, DELETE");
	route_find("GET", "/jobs/", &m);
	assert_null(m.route);
	assert_false(m.path_known);
}

static void
passwords_that_everybody_has_are_refused(void **state)
{
	(void)state;
	static const char *const weak[] = {"short",        "password123",  "P@ssw0rd2024!",
	                                   "qwertyuiop",   "1234567890",   "aaaaaaaaaaaa",
	                                   "abcabcabcabc", "iloveyou!!!!", "ann.smith@example.org",
	                                   "gfhjkm12345"};
	static const char *const strong[] = {"seven brown teapots 41", "Kx9!mQ2#vL", "четыре белых кота"};
	struct why why;
	for (size_t i = 0; i < ARRAY_LEN(weak); i++)
		assert_int_equal(password_strong_enough(weak[i], "ann.smith@example.org", &why),
		                 ERR_WEAK_PASSWORD);
	for (size_t i = 0; i < ARRAY_LEN(strong); i++)
		assert_int_equal(password_strong_enough(strong[i], "ann.smith@example.org", &why), ERR_NONE);
}

static bool
take(struct rate_limits *r, enum rate_class class, const char *key, int64_t per_minute, int64_t now_ms)
{
	struct rate_state s;
	const struct rate_want w = {class, key, strlen(key), per_minute, 1};
	return rate_take(r, &w, now_ms, &s) == RATE_THERE;
}

static void
buckets_empty_and_fill_again(void **state)
{
	(void)state;
	struct rate_limits *r = rate_limits_create();
	struct rate_state s;
	for (int i = 0; i < 60; i++)
		assert_true(take(r, RATE_LOGINS, "a", 60, 1000));
	assert_int_equal(rate_take(r, &(struct rate_want){RATE_LOGINS, "a", 1, 60, 1}, 1000, &s),
	                 RATE_NOT_THERE);
	assert_in_range(s.after_s, 1, 2);
	assert_true(take(r, RATE_LOGINS, "b", 60, 1000));
	assert_true(take(r, RATE_UPLOADS, "a", 60, 1000));
	assert_true(take(r, RATE_LOGINS, "a", 60, 2001));
	assert_false(take(r, RATE_LOGINS, "a", 60, 2001));
	assert_true(take(r, RATE_LOGINS, "a", 0, 2001));
	/* A million others do not make the empty one full again: full buckets give way first. */
	for (uint32_t i = 0; i < 1000000; i++)
		(void)!rate_take(r, &(struct rate_want){RATE_REQUESTS, &i, sizeof i, 6000, 0}, 2001, &s);
	assert_false(take(r, RATE_LOGINS, "a", 60, 2001));
	rate_limits_destroy(&r);
}

static void
limits_count_by_what_one_party_holds_of_addresses(void **state)
{
	static const char *const networks[][2] = {
	    {"192.0.2.7", "192.0.2.7"},
	    {"192.0.2.7:4711", "192.0.2.7"},
	    {"::ffff:192.0.2.7", "192.0.2.7"},
	    {"[::ffff:192.0.2.7]:80", "192.0.2.7"},
	    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
	    {"2001:db8:1:2:ffff::1", "2001:db8:1:2::"},
	    {"[2001:db8:1:2::9]:443", "2001:db8:1:2::"},
	    {"2001:db8:1:3::1", "2001:db8:1:3::"},
	    {"fe80::1%eth0", "fe80::"},
	    {"::1", "::"},
	    {"unknown", "unknown"},
	    {"", ""},
	    {"[", "["},
	    {"a:b", "a:b"},
	};
	char network[NETWORK_LEN], far[400];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		address_network(networks[i][0], network);
		assert_string_equal(network, networks[i][1]);
	}
	memset(far, '1', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	address_network(far, network);
	assert_int_equal(strlen(network), NETWORK_LEN - 1);
}

/* ---- forms ---- */

struct seen {
	char file[256], filename[64];
	size_t n;
	int parts;
};
static enum err
on_part(void *arg, const char *name, const char *filename, struct why *why)
{
	struct seen *s = arg;
	(void)why;
	s->parts++;
	if (strcmp(name, "file") == 0)
		snprintf(s->filename, sizeof s->filename, "%s", filename ? filename : "-");
	return ERR_NONE;
}
static enum err
on_data(void *arg, const void *p, size_t n, struct why *why)
{
	struct seen *s = arg;
	(void)why;
	if (s->n + n > sizeof s->file)
		BUG("more comes out of a form than fits");
	memcpy(s->file + s->n, p, n);
	s->n += n;
	return ERR_NONE;
}

static enum err
feed(const char *type, const char *body, size_t step, struct seen *seen)
{
	struct why why;
	struct multipart *m = malloc(sizeof *m);
	*seen = (struct seen){0};
	struct multipart_sink sink = {.arg = seen, .part = on_part, .data = on_data};
	enum err e = multipart_begin(m, type, &sink, &why);
	size_t len = strlen(body);
	for (size_t i = 0; e == ERR_NONE && i < len; i += step)
		e = multipart_feed(m, body + i, len - i < step ? len - i : step, &why);
	if (e == ERR_NONE)
		e = multipart_end(m, &why);
	free(m);
	return e;
}

static void
forms_are_taken_apart_wherever_they_are_cut(void **state)
{
	(void)state;
	static const char type[] = "multipart/form-data; boundary=XyZ";
	static const char body[] =
	    "preamble\r\n--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n"
	    "Content-Type: image/jpeg\r\n\r\n\r\n--Xy\r\r\n--XyA\r\nend\r\n--XyZ--\r\nepilogue";
	for (size_t step = 1; step < sizeof body; step++) {
		struct seen seen;
		assert_int_equal(feed(type, body, step, &seen), ERR_NONE);
		assert_string_equal(seen.filename, "a.jpg");
		assert_int_equal(seen.n, strlen("\r\n--Xy\r\r\n--XyA\r\nend"));
		assert_memory_equal(seen.file, "\r\n--Xy\r\r\n--XyA\r\nend", seen.n);
	}
}

static void
forms_of_broken_build_are_refused(void **state)
{
	(void)state;
	struct seen seen;
	static const char body[] = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nxx";
	assert_int_equal(feed("multipart/form-data; boundary=b", body, 5, &seen), ERR_BODY_CUT);
	assert_int_equal(feed("multipart/form-data", body, 5, &seen), ERR_BAD_REQUEST);
	assert_int_equal(feed("multipart/form-data; boundary=", body, 5, &seen), ERR_BAD_REQUEST);
	assert_int_equal(feed("multipart/form-data; boundary=b", "--bXY", 5, &seen), ERR_BAD_REQUEST);
	char lengthy[200] = "multipart/form-data; boundary=";
	memset(lengthy + strlen(lengthy), 'b', MULTIPART_BOUNDARY_MAX + 1);
	assert_int_equal(feed(lengthy, body, 5, &seen), ERR_BAD_REQUEST);
	char flood[64 * KIB] = "--b\r\n";
	memset(flood + 5, 'h', sizeof flood - 6);
	assert_int_equal(feed("multipart/form-data; boundary=b", flood, 4096, &seen), ERR_BAD_REQUEST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parameters_of_headers_are_found_in_all_their_spellings),
	    cmocka_unit_test(cookies_are_taken_by_their_whole_name),
	    cmocka_unit_test(etags_match_weakly_and_in_lists),
	    cmocka_unit_test(the_first_language_that_we_speak_is_taken),
	    cmocka_unit_test(a_coding_is_accepted_where_it_is_named_and_weighs_something),
	    cmocka_unit_test(ranges_follow_the_rfc),
	    cmocka_unit_test(names_of_files_stay_names),
	    cmocka_unit_test(only_our_own_origin_may_change_things),
	    cmocka_unit_test(addresses_find_their_endpoint),
	    cmocka_unit_test(passwords_that_everybody_has_are_refused),
	    cmocka_unit_test(buckets_empty_and_fill_again),
	    cmocka_unit_test(limits_count_by_what_one_party_holds_of_addresses),
	    cmocka_unit_test(forms_are_taken_apart_wherever_they_are_cut),
	    cmocka_unit_test(forms_of_broken_build_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
