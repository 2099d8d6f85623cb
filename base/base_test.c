#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "fdio.h"
#include "json_own.h"
#include "own.h"
#include "price.h"
#include "settings.h"
#include "test_folder.h"
#include "uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
every_error_has_a_code_a_status_and_a_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_MAX; i++) {
		enum err back;
		assert_true(strlen(err_code(i)) > 0 && strlen(err_text(i)) > 0);
		assert_true(err_http(i) == 200 || (err_http(i) >= 400 && err_http(i) < 600));
		assert_true(err_from_code(err_code(i), &back));
		assert_int_equal(back, i); /* codes are unique */
	}
}

static void
trying_again_is_for_what_is_ours_and_not_for_what_the_file_is(void **state)
{
	(void)state;
	static const enum err again[] = {ERR_BROKEN, ERR_BUSY, ERR_DEADLINE, ERR_BAD_DOCUMENT, ERR_SOURCE};
	static const enum err never[] = {ERR_EMPTY_FILE, ERR_CORRUPT_FILE, ERR_ENCRYPTED, ERR_TOO_MANY_PAGES,
	                                 ERR_PARSER_CRASHED};
	for (size_t i = 0; i < ARRAY_LEN(again); i++)
		assert_true(err_retryable(again[i]));
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		assert_false(err_retryable(never[i]));
}

static void
a_full_disk_is_told_from_other_failures(void **state)
{
	(void)state;
	struct why why;
	errno = ENOSPC;
	assert_int_equal(fail_errno(&why, ERR_BROKEN, "writing %d", 7), ERR_FULL);
	assert_string_equal(why.text, "writing 7: No space left on device");
	errno = EIO;
	assert_int_equal(fail_errno(NULL, ERR_BROKEN, "x"), ERR_BROKEN);
}

static void
a_reason_is_one_line_of_utf8_however_it_is_cut(void **state)
{
	char long_text[400] = "";
	struct why why;
	(void)state;
	for (size_t n = 0; n + 2 < sizeof long_text; n += 2)
		memcpy(long_text + n, "\xD0\xB6", 3);
	assert_int_equal((fail)(&why, ERR_BROKEN, "a%s", long_text), ERR_BROKEN);
	assert_int_equal(strlen(why.text), 239);
	assert_int_equal((fail)(&why, ERR_BROKEN, "aa%s", long_text), ERR_BROKEN);
	assert_int_equal(strlen(why.text), 238); /* half a letter is none */
	(void)(fail)(&why, ERR_BROKEN, "a tool said \"%s\"", "bad\xFF\xFE\nworse\x7F");
	assert_string_equal(why.text, "a tool said \"bad worse \"");
	errno = ENOENT;
	(void)fail_errno(&why, ERR_BROKEN, "%s", "\xED\xA0\x80x\ty");
	assert_string_equal(why.text, "x y: No such file or directory");
}

static void
an_arena_refuses_what_is_over_its_ceiling_and_stays_usable(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *a = arena_create("test", 1008);
	struct why why;
	assert_non_null(arena_alloc(a, 600));
	assert_null(arena_alloc(a, 500));
	assert_null(arena_array(a, SIZE_MAX / 2, 3));
	assert_non_null(arena_alloc(a, 400));
	assert_int_equal(arena_used(a), 1008);
	assert_int_equal(arena_full(a, &why), ERR_TOO_BIG);
	assert_non_null(strstr(why.text, "1008"));
}

static void
an_arena_counts_what_small_pieces_take(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *a = arena_create("test", 1024);
	size_t n = 0;
	while (arena_alloc(a, 1))
		n++;
	assert_int_equal(n, 1024 / _Alignof(max_align_t));
	assert_int_equal(arena_used(a), 1024);
	assert_null(arena_alloc(a, SIZE_MAX));
}

static void
arena_memory_is_zeroed_aligned_and_distinct(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *a = arena_create("test", 10 * MIB);
	unsigned char *last = NULL;
	for (size_t n = 1; n < 100000; n = n * 3 + 1) {
		unsigned char *p = arena_alloc(a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xAA, n);
		if (last)
			assert_int_equal(last[0], 0xAA);
		last = p;
	}
	assert_string_equal(arena_printf(a, "%s-%d", "x", 5), "x-5");
}

static void
a_lent_buffer_stays_within_its_bytes(void **state)
{
	(void)state;
	char space[16];
	memset(space, '#', sizeof space);
	struct buf b = buf_on(space, 12);
	buf_printf(&b, "%s", "12345");
	buf_printf(&b, "%s", "too long for it");
	assert_true(b.full);
	assert_string_equal(b.data, "12345");
	buf_cut(&b, 3);
	assert_false(b.full);
	buf_printf(&b, "%08d", 7);
	assert_string_equal(b.data, "12300000007");
	assert_memory_equal(space + 12, "####", 4);
	buf_free(&b); /* not ours to free */
}

static void
what_a_buffer_prints_may_be_longer_than_its_first_bytes(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf b = buf_init(10000);
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "%d,%050d;", i, i);
	assert_false(b.full);
	assert_int_equal(b.len, strlen(b.data));
	assert_non_null(strstr(b.data, ";99,00000000000000000000000000000000000000000000000099;"));
}

static void
a_buffer_refuses_whole_writes_past_its_ceiling(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf b = buf_init(10);
	buf_puts(&b, "12345");
	buf_printf(&b, "%d", 678901);
	assert_true(b.full);
	assert_string_equal(b.data, "12345");
	buf_clear(&b);
	buf_puts(&b, "1234567890");
	assert_false(b.full);
	assert_int_equal(b.len, 10);
}

static void
json_strings_survive_hostile_bytes(void **state)
{
	(void)state;
	OWNED(buf_free) struct buf b = buf_init(1000);
	/* a lone continuation, an overlong slash, a surrogate, a cut sequence */
	static const char bad[] = "a\x80\xC0\xAF\xED\xA0\x80\"\\\n\x01\xD0\x96\xE2\x82";
	buf_json_string(&b, bad, sizeof bad - 1);
	OWNED(json_release) json_t *j = json_loadb(b.data, b.len, JSON_DECODE_ANY, NULL);
	assert_non_null(j);
	assert_non_null(strstr(json_string_value(j), "\xD0\x96"));
}

static void
uuids_sort_by_making_and_round_trip(void **state)
{
	(void)state;
	char last[UUID_TEXT_LEN] = "", text[UUID_TEXT_LEN];
	for (int i = 0; i < 20000; i++) {
		struct uuid u = uuid_new(), back;
		uuid_text(u, text);
		assert_true(strcmp(last, text) < 0);
		assert_int_equal(text[14], '7');
		assert_true(uuid_parse(text, &back));
		assert_true(uuid_equal(u, back));
		memcpy(last, text, sizeof last);
	}
}

static void
only_the_usual_form_is_a_uuid(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
	                                  "0193-",
	                                  "01936b2a7c3e7d1a8b2c3d4e5f607182",
	                                  "01936b2a-7c3e-7d1a-8b2c-3d4e5f60718",
	                                  "01936b2a-7c3e-7d1a-8b2c-3d4e5f6071822",
	                                  "01936b2a-7c3e-7d1a-8b2c-3d4e5f60718g",
	                                  "01936b2a-7c3e-7d1a-8b2c_3d4e5f607182"};
	struct uuid u;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(uuid_parse(bad[i], &u));
	assert_true(uuid_parse("01936B2A-7c3e-7d1a-8b2c-3d4e5f607182", &u));
}

static void
times_are_written_as_rfc_3339(void **state)
{
	(void)state;
	char text[CLOCK_TEXT_LEN];
	clock_text(1700000000007, text);
	assert_string_equal(text, "2023-11-14T22:13:20.007Z");
	clock_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

static void
a_sealed_file_cannot_be_changed(void **state)
{
	(void)state;
	struct why why;
	OWNED(fd_close) int fd = -1;
	OWNED(mem_free) char *back = NULL;
	size_t n;
	assert_int_equal(fd_from_bytes("t", "hello", 5, &fd, &why), ERR_NONE);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(fd_read_file(fd, 4, &back, &n, &why), ERR_TOO_BIG);
	assert_int_equal(fd_read_file(fd, 5, &back, &n, &why), ERR_NONE);
	assert_string_equal(back, "hello");
}

static void
flags_beat_the_environment_which_beats_the_file(void **state)
{
	(void)state;
	char folder[TEST_FOLDER_LEN], path[60];
	test_folder(folder);
	snprintf(path, sizeof path, "%s/settings", folder);
	OWNED(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct why why = {""};
	static const char text[] = "[api]\nlisten = a:1\nmax_upload = 2M\n[worker]\nlease = 45s\n";
	assert_int_equal(fd_write_all(fd, text, sizeof text - 1, &why), ERR_NONE);
	char path_env[] = "PATH=/bin", listen[] = "DOCKET_API_LISTEN=b:2", lease[] = "DOCKET_WORKER_LEASE=2m";
	char *env[] = {path_env, listen, lease, NULL};
	struct settings_flag flags[] = {{"api-listen", "c:3"}};
	struct settings s = {0};
	assert_int_equal(settings_load(&s, path, env, flags, 1, &why), ERR_NONE);
	assert_string_equal(s.api_listen, "c:3");
	assert_int_equal(s.worker_lease, 120000);
	assert_int_equal(s.api_max_upload, 2 * MIB);
	assert_string_equal(s.api_signup, "on");
	settings_release(&s);
}

/* The settings that come of a file with this text. */
static enum err
load_text(const char *text, struct settings *ret, struct why *why)
{
	char folder[TEST_FOLDER_LEN], path[60], *none[] = {NULL};
	test_folder(folder);
	snprintf(path, sizeof path, "%s/settings", folder);
	OWNED(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fd_write_all(fd, text, strlen(text), why), ERR_NONE);
	return settings_load(ret, path, none, NULL, 0, why);
}

static void
a_settings_file_may_be_written_as_people_write(void **state)
{
	(void)state;
	struct settings s = {0};
	struct why why = {""};
	OWNED(buf_free) struct buf text = buf_init(8 * KIB);
	/* Six hosts of a cluster are longer than some readers of such files take. */
	buf_puts(&text, "\xEF\xBB\xBF# ours\r\n; yours\r\n\r\n[ general ]\r\n");
	size_t from = text.len + strlen("storage = ");
	buf_puts(&text, "storage = postgresql://docket@");
	for (int i = 0; i < 60; i++)
		buf_printf(&text, "%snode-%d.example", i ? "," : "", i);
	size_t len = text.len - from;
	buf_puts(&text,
	         "\n  data=/srv/a b ; where it is\nBLOBS : file:/x;y\n[log] ; and the log\nlevel = warn");
	if (load_text(text.data, &s, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	assert_int_equal(strlen(s.general_storage), len);
	assert_memory_equal(s.general_storage, text.data + from, len);
	assert_string_equal(s.general_data, "/srv/a b");
	assert_string_equal(s.general_blobs, "file:/x;y");
	assert_string_equal(s.log_level, "warn");
	settings_release(&s);
	static const struct {
		const char *text, *says;
	} wrong[] = {{"[api]\nlisten\n", "line 2"},
	             {"[api\nlisten = a:1\n", "line 1"},
	             {"[api] listen = a:1\n", "line 1"},
	             {"[api]\nlisten ; = a:1\n", "line 2"},
	             {"[api]\nlistn = a:1\n", "\"listn\" in [api]"},
	             {"listen = a:1\n", "\"listen\" in []"},
	             {"[log]\nlevel =\n", "outside"}};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(load_text(wrong[i].text, &s, &why), ERR_INVALID);
		if (!strstr(why.text, wrong[i].says))
			fail_msg("%s: %s", wrong[i].text, why.text);
	}
}

static void
a_wrong_setting_is_named(void **state)
{
	(void)state;
	struct settings s = {0};
	struct why why;
	char misspelt[] = "DOCKET_API_LISTN=x";
	char *none[] = {NULL}, *unknown[] = {misspelt, NULL};
	struct settings_flag bad[] = {{"api-max_upload", "lots"},
	                              {"worker-slots", "9999"},
	                              {"nope", "1"},
	                              {"worker-lease", "9223372036854775807h"}};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(settings_load(&s, NULL, none, &bad[i], 1, &why), ERR_INVALID);
		assert_non_null(strstr(why.text, bad[i].name));
	}
	assert_int_equal(settings_load(&s, NULL, unknown, NULL, 0, &why), ERR_INVALID);
	assert_non_null(strstr(why.text, "DOCKET_API_LISTN"));
	assert_int_equal(settings_load(&s, "/nonexistent/docket.ini", none, NULL, 0, &why), ERR_INVALID);
}

static void
prices_are_read_strictly_and_add_up(void **state)
{
	(void)state;
	char *const none[] = {NULL};
	struct why why;
	struct settings s = {0};
	struct price_table t;
	struct settings_flag flags[] = {
	    {"cost-currency", "EUR"}, {"cost-cpu_hour", "0.036"}, {"cost-memory_gib_hour", "0.0072"}};
	assert_int_equal(settings_load(&s, NULL, none, flags, 3, &why), ERR_NONE);
	assert_int_equal(price_table_read(&s, &t, &why), ERR_NONE);
	assert_string_equal(t.currency, "EUR");
	/* A second of a core, and a GiB held for five. */
	double p = price_of(&t, 1000, (int64_t)5 * 1024 * 1024, 1 << 30);
	assert_true(p > 0.0000199 && p < 0.0000201);
	settings_release(&s);

	struct settings_flag wrong[] = {{"cost-currency", "eur"},
	                                {"cost-cpu_hour", "-1"},
	                                {"cost-traffic_gib", "1x"},
	                                {"cost-cpu_hour", "nan"}};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		s = (struct settings){0};
		assert_int_equal(settings_load(&s, NULL, none, &wrong[i], 1, &why), ERR_NONE);
		assert_int_equal(price_table_read(&s, &t, &why), ERR_INVALID);
		settings_release(&s);
	}
}

static void
a_password_in_an_address_is_found_and_not_shown(void **state)
{
	static const char *const with[][2] = {
	    {"postgresql://u:p%40ss@a,b:5432/db", "postgresql://u:...@a,b:5432/db"},
	    {"postgres://u:p@ss@host", "postgres://u:...@host"},
	    {"postgresql://h/db?password=x&sslmode=require",
	     "postgresql://h/db?password=...&sslmode=require"},
	    {"postgresql://u:p?x@host/db", "postgresql://u:...@host/db"},
	    {"postgresql://u:p/x@host/db", "postgresql://u:...@host/db"},
	    {"postgresql://u:password=1@h/db?sslpassword=2&x=y&password=3",
	     "postgresql://u:...@h/db?sslpassword=...&x=y&password=..."},
	    {"smtps://u:p@mail.example", "smtps://u:...@mail.example"},
	};
	static const char *const without[] = {
	    "postgresql://u@h:5432/db",        "postgresql:///db?host=/run",     "sqlite:a:b@c",
	    "s3://docket?endpoint=http://h:1", "https://docket.example:8443/@a", ""};
	char shown[100];
	size_t at, len;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(with); i++) {
		assert_true(url_password(with[i][0], 0, &at, &len));
		url_shown(with[i][0], shown, sizeof shown);
		assert_string_equal(shown, with[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(without); i++) {
		assert_false(url_password(without[i], 0, &at, &len));
		url_shown(without[i], shown, sizeof shown);
		assert_string_equal(shown, without[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prices_are_read_strictly_and_add_up),
	    cmocka_unit_test(every_error_has_a_code_a_status_and_a_sentence),
	    cmocka_unit_test(trying_again_is_for_what_is_ours_and_not_for_what_the_file_is),
	    cmocka_unit_test(a_full_disk_is_told_from_other_failures),
	    cmocka_unit_test(a_reason_is_one_line_of_utf8_however_it_is_cut),
	    cmocka_unit_test(an_arena_refuses_what_is_over_its_ceiling_and_stays_usable),
	    cmocka_unit_test(an_arena_counts_what_small_pieces_take),
	    cmocka_unit_test(arena_memory_is_zeroed_aligned_and_distinct),
	    cmocka_unit_test(a_buffer_refuses_whole_writes_past_its_ceiling),
	    cmocka_unit_test(a_lent_buffer_stays_within_its_bytes),
	    cmocka_unit_test(what_a_buffer_prints_may_be_longer_than_its_first_bytes),
	    cmocka_unit_test(json_strings_survive_hostile_bytes),
	    cmocka_unit_test(uuids_sort_by_making_and_round_trip),
	    cmocka_unit_test(only_the_usual_form_is_a_uuid),
	    cmocka_unit_test(times_are_written_as_rfc_3339),
	    cmocka_unit_test(a_sealed_file_cannot_be_changed),
	    cmocka_unit_test(flags_beat_the_environment_which_beats_the_file),
	    cmocka_unit_test(a_settings_file_may_be_written_as_people_write),
	    cmocka_unit_test(a_wrong_setting_is_named),
	    cmocka_unit_test(a_password_in_an_address_is_found_and_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
