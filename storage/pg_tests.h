/* pg_tests.h: the parts of pg_storage_test, which are files of their own. */
#ifndef DOCKET_PG_TESTS_H
#define DOCKET_PG_TESTS_H

#include "storage.h"

/* A new, empty place, which is `schema` from here on, and settings for it. */
struct storage_options new_place(void);

/* The number of tests that failed. */
int pg_queue_tests(void);
int pg_reach_tests(void);
int pg_moving_tests(void);

#endif
