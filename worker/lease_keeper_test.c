/* The keeper of leases, with storage played at its door. */
#include "lease_keeper.h"

#include "clock.h"
#include "own.h"

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
	};
	return cmocka_run_group_tests_name("keeper of leases", tests, NULL, NULL);
}
