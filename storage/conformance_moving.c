/* Conformance: backups, and what becomes of damaged ones. */
#include "conformance_world.h"

#include "audit.h"
#include "fdio.h"
#include "library.h"
#include "moving.h"
#include "own.h"
#include "test_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

/* ---- something of everything ---- */

static const char title[] = "Счёт\tза \\свет\\\nи газ";
static const uint8_t token[TOKEN_HASH_LEN] = {7}, key_hash[TOKEN_HASH_LEN] = {9};
static const uint8_t secret[TOTP_SECRET_LEN] = {1, 0, 255, 92};

static void
correct_total(struct world *w, struct uuid job)
{
	const struct result *r;
	OK(storage_result_get(w->st, w->ann, job, w->mem, &r, &w->why));
	const struct correction_change change = {.path = "total",
	                                         .before = "\"9.00\"",
	                                         .after = "\"19.00\"",
	                                         .fact = LIST_TOTAL,
	                                         .fact_value = "19.00",
	                                         .fact_currency = "RUB"};
	OK(storage_correct(w->st,
	                   &(struct correct){.user = w->ann,
	                                     .job = job,
	                                     .version = r->version,
	                                     .changes = &change,
	                                     .n = 1,
	                                     .facts = {"receipt", "Пятёрочка", "2026-11-23", "19.00", "RUB"}},
	                   &w->why));
}

void
furnish(struct world *w)
{
	const char *tags[] = {"Дом", "taxes"};
	const struct document *d;
	const struct document_change change = {DOCUMENT_CHANGE_NONE, .title = title, .note = "", .tags = tags,
	                                       .n_tags = 2};
	const struct job *done = put_job(w, w->ann, "read already");
	settle(w, claim_one(w), "{\"note\":\"tab\\tand \\\\ and \\u0007\"}");
	OK(storage_document_change(w->st, w->ann, done->document_id, &change, w->mem, &d, &w->why));
	correct_total(w, done->id);
	for (int i = 0; i < 5; i++)
		(void)put_job(w, i % 2 ? w->bob : w->ann, "waits");
	begin_session(w, w->ann, token[0], 600000, 600000);
	OK(storage_key_create(
	    w->st,
	    &(struct key){
	        .id = uuid_new(), .user_id = w->ann, .kind = KEY_API, .name = "phone", .scopes = SCOPE_READ},
	    key_hash, &w->why));
	OK(storage_totp_begin(w->st, w->ann, secret, &w->why));
	OK(storage_memory_put(w->st, w->ann, &(struct sender_memory_row){1, "{\"learnt\":true}"}, &w->why));
	OK(storage_webhook_create(w->st,
	                          &(struct webhook){.id = uuid_new(),
	                                            .user_id = w->ann,
	                                            .url = "https://example.org/",
	                                            .secret = "s3cret",
	                                            .events = EVENT_DOCUMENT_DONE},
	                          &w->why));
	OK(storage_export_begin(w->st, w->bob, &w->why));
	OK(storage_audit(w->st, w->ann, "test.furnished", NULL, "r-2", &w->why));
}

static void
expect_blob(struct world *w, const struct blob *b, const char *text)
{
	OWNED(fd_close) int fd = -1;
	OWNED(mem_free) char *is = NULL;
	size_t len;
	OK(blob_open(w->st, b->key, &fd, &w->why));
	OK(fd_read_file(fd, KIB, &is, &len, &w->why));
	assert_string_equal(is, text);
}

static void
expect_account(struct world *w)
{
	const struct user *u;
	const struct key *k;
	const struct webhook *hooks;
	struct sender_memory_row memory;
	struct export_row export;
	uint8_t is[TOTP_SECRET_LEN];
	struct totp_state state_of_it;
	size_t n;
	OK(storage_session_user(w->st, token, w->mem, &u, &w->why));
	assert_true(uuid_equal(u->id, w->ann));
	assert_string_equal(u->email, "Ann@Example.org");
	OK(storage_key_find(w->st, KEY_API, key_hash, w->mem, &k, &w->why));
	assert_string_equal(k->name, "phone");
	OK(storage_totp_get(w->st, w->ann, is, &state_of_it, &w->why));
	assert_memory_equal(is, secret, sizeof secret);
	OK(storage_memory_get(w->st, w->ann, w->mem, &memory, &w->why));
	assert_string_equal(memory.json, "{\"learnt\":true}");
	OK(storage_webhook_list(w->st, w->ann, w->mem, &hooks, &n, &w->why));
	assert_int_equal(n, 1);
	assert_string_equal(hooks[0].secret, "s3cret");
	OK(storage_export_get(w->st, w->bob, &export, &w->why));
	assert_int_equal(export.state, EXPORT_RUNNING);
}

static void
expect_papers(struct world *w)
{
	/* by a word of its text, in another form, and one of its title */
	static const char *const queries[] = {"итого", "газа"};
	const struct document_cursor first = {{{0}}, NULL};
	struct found_page page;
	const struct result *r;
	struct page_picture const *picture;
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		const struct document_filter f = {.text = queries[i]};
		OK(storage_document_find(w->st, w->ann, &f, &first, 10, w->mem, &page, &w->why));
		assert_int_equal(page.n, 1);
	}
	const struct document *d = &page.documents[0].d;
	assert_string_equal(d->title, title);
	assert_non_null(strstr(d->tags, "taxes"));
	assert_string_equal(d->total, "19.00");
	expect_blob(w, &d->blob, "read already");
	OK(storage_page_get(w->st, w->ann, d->id, 1, w->mem, &picture, &w->why));
	expect_blob(w, &picture->picture, "webp");
	OK(storage_result_get(w->st, w->ann, d->job_id, w->mem, &r, &w->why));
	assert_string_equal(r->json, "{\"note\":\"tab\\tand \\\\ and \\u0007\"}");
	assert_int_equal(r->corrections.n, 1);
	assert_string_equal(r->corrections.list[0].after, "\"19.00\"");
}

/* All of it; and that life goes on. */
void
expect_furnished(struct world *w)
{
	struct audit_proof proof;
	int waiting = 0;
	expect_account(w);
	expect_papers(w);
	OK(storage_audit_verify(w->st, &proof, &w->why));
	assert_int_equal(proof.broken_n, 0);
	assert_true(proof.entries > 8);
	const struct job *new = put_job(w, w->ann, "new");
	for (const struct claim *c; (c = claim_one(w)); waiting++)
		settle(w, c, "{}");
	assert_int_equal(waiting, 6);
	assert_int_equal(job_of(w, w->ann, new->id)->state, JOB_DONE);
	OK(storage_audit_verify(w->st, &proof, &w->why));
	assert_int_equal(proof.broken_n, 0);
}

/* ---- backups ---- */

static void
back_up(struct world *w, char dir[static TEST_FOLDER_LEN])
{
	struct moved m;
	furnish(w);
	test_folder(dir);
	OK(storage_backup(&w->options, dir, true, NULL, &m, &w->why));
	assert_int_equal(m.blobs, 9); /* six originals, the parsed paper, its page twice */
}

static void
a_backup_of_a_running_service_comes_back_whole(void **state)
{
	struct world *w = *state;
	char dir[TEST_FOLDER_LEN];
	struct moved m;
	back_up(w, dir);
	(void)put_job(w, w->ann, "after the backup");
	assert_int_equal(storage_backup(&w->options, dir, true, NULL, &m, &w->why), ERR_CONFLICT);
	OK(storage_backup_check(dir, NULL, &m, &w->why));

	struct storage_options to = w->options;
	another_place(&to);
	OK(storage_restore(dir, &to, NULL, &m, &w->why));
	assert_int_equal(m.blobs, 9);
	assert_int_equal(storage_restore(dir, &to, NULL, &m, &w->why), ERR_CONFLICT);
	storage_close(&w->st);
	w->options = to;
	OK(storage_open(&w->options, &w->st, &w->why));
	expect_furnished(w);
}

static void
rows_alone_find_their_files_where_they_are(void **state)
{
	struct world *w = *state;
	char dir[TEST_FOLDER_LEN];
	struct moved m;
	struct storage_options to = w->options, wrong = w->options;
	furnish(w);
	test_folder(dir);
	OK(storage_backup(&w->options, dir, false, NULL, &m, &w->why));
	another_place(&wrong);
	assert_int_equal(storage_restore(dir, &wrong, NULL, &m, &w->why), ERR_ABSENT);
	storage_close(&w->st);
	another_place(&to);
	to.blobs_url = w->options.blobs_url;
	OK(storage_restore(dir, &to, NULL, &m, &w->why));
	w->options = to;
	OK(storage_open(&w->options, &w->st, &w->why));
	expect_furnished(w);
}

static void
flip_a_byte(const char *dir, const char *name)
{
	char path[400];
	struct stat s;
	uint8_t c;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	OWNED(fd_close) int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &s), 0);
	off_t at = s.st_size / 2;
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
}

/* The first blob below `dir`/`folder`, as "blobs/ab/ab01...": marks of who is primary lie beside them. */
static void
any_file(const char *dir, const char *folder, char ret[static 300])
{
	char path[400];
	snprintf(path, sizeof path, "%s/%s", dir, folder);
	DIR *d = opendir(path);
	assert_non_null(d);
	ret[0] = '\0';
	for (struct dirent *e; !ret[0] && (e = readdir(d));) {
		char below[300];
		if (e->d_name[0] == '.' || strcmp(e->d_name, "marks") == 0)
			continue;
		snprintf(below, sizeof below, "%.30s/%.200s", folder, e->d_name);
		if (e->d_type == DT_DIR)
			any_file(dir, below, ret);
		else
			snprintf(ret, 300, "%s", below);
	}
	closedir(d);
}

static void
damage_is_named_and_nothing_of_it_restored(void **state)
{
	struct world *w = *state;
	char dir[TEST_FOLDER_LEN], blob[300], rows[300] = "docket.db", path[400];
	struct moved m;
	struct storage_options to = w->options;
	back_up(w, dir);
	another_place(&to);
	any_file(dir, "blobs", blob);
	snprintf(path, sizeof path, "%s/rows", dir);
	if (access(path, F_OK) == 0)
		snprintf(rows, sizeof rows, "rows/users.copy");
	const char *const names[] = {blob, rows, "manifest", "SHA256SUMS"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		flip_a_byte(dir, names[i]);
		assert_int_not_equal(storage_backup_check(dir, NULL, &m, &w->why), ERR_NONE);
		/* a list of sums that was changed accuses what it tells wrongly of */
		if (i + 1 < ARRAY_LEN(names))
			assert_non_null(strstr(w->why.text, names[i]));
		assert_int_not_equal(storage_restore(dir, &to, NULL, &m, &w->why), ERR_NONE);
		flip_a_byte(dir, names[i]);
	}
	snprintf(path, sizeof path, "%s/%s", dir, blob);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(storage_backup_check(dir, NULL, &m, &w->why), ERR_CORRUPT_FILE);
	assert_non_null(strstr(w->why.text, blob));
}

/* As if it had been broken off just before its end. */
static void
unseal(const char *dir)
{
	char path[400];
	snprintf(path, sizeof path, "%s/SHA256SUMS", dir);
	assert_int_equal(unlink(path), 0);
}

static void
put_file(const char *path)
{
	OWNED(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
}

static void
a_backup_that_goes_on_mends_what_is_half_there_and_drops_what_was_deleted(void **state)
{
	struct world *w = *state;
	char dir[TEST_FOLDER_LEN], half[300], path[400], left[400];
	struct moved m;
	back_up(w, dir);
	unseal(dir);
	any_file(dir, "blobs", half);
	snprintf(path, sizeof path, "%s/%s", dir, half);
	assert_int_equal(truncate(path, 1), 0);
	snprintf(left, sizeof left, "%s/blobs/0f/0f%062d", dir, 0);
	put_file(left);
	OK(storage_backup(&w->options, dir, true, NULL, &m, &w->why));
	assert_int_equal(m.already, 8);
	assert_int_equal(access(left, F_OK), -1);
	OK(storage_backup_check(dir, NULL, &m, &w->why));
	assert_int_equal(m.blobs, 9);
}

static void
expect_private(const char *dir)
{
	static const char *const names[] = {"docket.db", "rows/users.copy", "manifest", "SHA256SUMS"};
	int n = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[400];
		struct stat s;
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		if (stat(path, &s) != 0)
			continue; /* of the other kind of database */
		assert_int_equal(s.st_mode & 0777, 0600);
		n++;
	}
	assert_int_equal(n, 3);
}

static void
nothing_in_a_backup_leads_elsewhere_or_is_for_others(void **state)
{
	struct world *w = *state;
	char dir[TEST_FOLDER_LEN], blob[300], path[400], away[410];
	struct moved m;
	mode_t before = umask(0);
	back_up(w, dir);
	umask(before);
	expect_private(dir);
	any_file(dir, "blobs", blob);
	*strrchr(blob, '/') = '\0'; /* its folder */
	const char *const names[] = {blob, "manifest", "SHA256SUMS"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		snprintf(away, sizeof away, "%s.away", path);
		assert_int_equal(rename(path, away), 0);
		assert_int_equal(symlink(away, path), 0);
		assert_int_not_equal(storage_backup_check(dir, NULL, &m, &w->why), ERR_NONE);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rename(away, path), 0);
	}
	OK(storage_backup_check(dir, NULL, &m, &w->why));
	/* Nor does what is written go where a symlink says. */
	unseal(dir);
	snprintf(path, sizeof path, "%s/SHA256SUMS.part", dir);
	assert_int_equal(symlink(away, path), 0);
	assert_int_not_equal(storage_backup(&w->options, dir, true, NULL, &m, &w->why), ERR_NONE);
	assert_int_equal(access(away, F_OK), -1);
}

static void
what_is_left_of_a_database_is_not_restored_over(void **state)
{
	struct world *w = *state;
	static const char *const left[] = {"-wal", "-journal", "-shm"};
	char dir[TEST_FOLDER_LEN], path[400];
	struct moved m;
	struct storage_options to = w->options;
	another_place(&to);
	if (strncmp(to.storage_url, "sqlite:", 7) != 0) {
		skip();
		return; /* never: for the analyzer */
	}
	back_up(w, dir);
	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		snprintf(path, sizeof path, "%s%s", to.storage_url + 7, left[i]);
		put_file(path);
		assert_int_equal(storage_restore(dir, &to, NULL, &m, &w->why), ERR_CONFLICT);
		assert_non_null(strstr(w->why.text, left[i]));
		assert_int_equal(unlink(path), 0);
	}
	OK(storage_restore(dir, &to, NULL, &m, &w->why));
}

static void
what_is_damaged_is_not_backed_up_silently(void **state)
{
	struct world *w = *state;
	char dir[TEST_FOLDER_LEN], path[400], blob[300];
	struct moved m;
	(void)put_job(w, w->ann, "soon damaged");
	test_folder(dir);
	if (strncmp(w->options.blobs_url, "file:", 5) != 0) {
		skip();
		return; /* never: for the analyzer */
	}
	snprintf(path, sizeof path, "%s", w->options.blobs_url + 5);
	char *slash = strrchr(path, '/');
	*slash = '\0';
	any_file(path, slash + 1, blob);
	flip_a_byte(path, blob);
	assert_int_equal(storage_backup(&w->options, dir, true, NULL, &m, &w->why), ERR_CORRUPT_FILE);
	assert_non_null(strstr(w->why.text, strrchr(blob, '/') + 1));
	assert_int_equal(storage_backup_check(dir, NULL, &m, &w->why), ERR_ABSENT);
}

int
moving_conformance(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_backup_of_a_running_service_comes_back_whole),
	    T(rows_alone_find_their_files_where_they_are),
	    T(damage_is_named_and_nothing_of_it_restored),
	    T(a_backup_that_goes_on_mends_what_is_half_there_and_drops_what_was_deleted),
	    T(nothing_in_a_backup_leads_elsewhere_or_is_for_others),
	    T(what_is_left_of_a_database_is_not_restored_over),
	    T(what_is_damaged_is_not_backed_up_silently),
	};
	return cmocka_run_group_tests_name("moving", tests, NULL, NULL);
}
