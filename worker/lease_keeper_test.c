/* The keeper of leases, with storage played at its door. */
#include "lease_keeper.h"

#include "clock.h"
#include "own.h"
#include "test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#define BEATS 3

static _Atomic int beats, reaps;
static _Atomic bool gave_up;

enum err __wrap_storage_heartbeat(struct storage *st, struct heartbeat *list, size_t n, struct why *why);
enum err
__wrap_storage_heartbeat(struct storage *st, struct heartbeat *list, size_t n, struct why *why)
{
	(void)st, (void)list, (void)n, (void)why;
	atomic_fetch_add(&beats, 1);
	return ERR_NONE;
}

/* It takes as long as some leases. */
enum err __wrap_storage_reap(struct storage *st, size_t *n, struct why *why);
enum err
__wrap_storage_reap(struct storage *st, size_t *n, struct why *why)
{
	(void)st, (void)why;
	*n = 0;
	for (int64_t end = clock_steady_ms() + 20000; atomic_load(&beats) < BEATS; clock_sleep_ms(5)) {
		if (clock_steady_ms() > end) {
			atomic_store(&gave_up, true);
			break;
		}
	}
	atomic_fetch_add(&reaps, 1);
	return ERR_NONE;
}

static _Atomic int buried;

enum err __wrap_storage_worker_gone(struct storage *st, struct uuid worker, struct why *why);
enum err
__wrap_storage_worker_gone(struct storage *st, struct uuid worker, struct why *why)
{
	(void)st, (void)worker, (void)why;
	atomic_fetch_add(&buried, 1);
	return ERR_NONE;
}

static void
who_is_dead_is_looked_after_once_more_a_moment_later(void **state)
{
	char folder[TEST_FOLDER_LEN], path[TEST_FOLDER_LEN + UUID_TEXT_LEN], id[UUID_TEXT_LEN];
	struct presence *me = NULL;
	struct hold hold;
	struct why why;
	OWNED(log_close) struct log *log = log_root("test");
	(void)state;
	test_folder(folder);
	hold_init(&hold);
	uuid_text(uuid_new(), id);
	assert_int_equal(presence_open(folder, uuid_new(), &me, &why), ERR_NONE);
	snprintf(path, sizeof path, "%s/%s", folder, id); /* nobody holds its lock */
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	if (f)
		fclose(f);
	struct lease_keeper *k = lease_keeper_start(NULL, &hold, 1, 60000, me, log);
	for (int64_t end = clock_steady_ms() + 20000; atomic_load(&buried) < 2 && clock_steady_ms() < end;)
		clock_sleep_ms(5);
	lease_keeper_stop(&k);
	assert_int_equal(atomic_load(&buried), 2);
	presence_close(&me);
	hold_destroy(&hold);
}

static void
leases_are_renewed_while_it_looks_after_others(void **state)
{
	struct hold hold;
	OWNED(log_close) struct log *log = log_root("test");
	(void)state;
	hold_init(&hold);
	hold_take(&hold, uuid_new(), 1, clock_steady_ms() + 60000);
	struct lease_keeper *k = lease_keeper_start(NULL, &hold, 1, 300, NULL, log);
	while (atomic_load(&reaps) == 0)
		clock_sleep_ms(5);
	lease_keeper_stop(&k);
	hold_drop(&hold);
	hold_destroy(&hold);
	assert_false(atomic_load(&gave_up));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leases_are_renewed_while_it_looks_after_others),
	    cmocka_unit_test(who_is_dead_is_looked_after_once_more_a_moment_later),
	};
	return cmocka_run_group_tests_name("keeper of leases", tests, NULL, NULL);
}
