/* clock.h: two clocks, both in milliseconds.
 *
 * The wall clock is for what people and other machines see; it may jump. The steady clock is for
 * deadlines and durations and never goes back.
 */
#ifndef DOCKET_CLOCK_H
#define DOCKET_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_ms(void);   /* since 1970-01-01 UTC */
int64_t clock_steady_ms(void); /* CLOCK_MONOTONIC */
int64_t clock_steady_us(void);
int64_t clock_cpu_ms(void); /* this process, user + system */
int64_t clock_thread_cpu_ms(void);
void clock_sleep_ms(int64_t ms);

/* A condition that can be waited for until a time of the steady clock. */
void clock_cond_init(pthread_cond_t *c);
/* False: `until_ms` has come. True: woken, perhaps for nothing. */
bool clock_cond_wait(pthread_cond_t *c, pthread_mutex_t *lock, int64_t until_ms);

/* RFC 3339 in UTC with milliseconds, "2026-11-24T07:15:00.123Z". */
#define CLOCK_TEXT_LEN 25
void clock_text(int64_t wall_ms, char ret[static CLOCK_TEXT_LEN]);

#endif
