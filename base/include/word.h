/* word.h: a thread sleeps until a word changes, and is woken without a lock in anybody's hand. (Who is woken
 * by a condition wakes up into its lock, and most of a crowd goes back to sleep at once.)
 *
 *	while (atomic_load(&w) == 0)
 *		word_wait(&w, 0, -1);
 */
#ifndef DOCKET_WORD_H
#define DOCKET_WORD_H

#include <stdint.h>

/* Returns when the word is not `was` any more, or when woken, or for no reason: look again. `most_ms` < 0:
 * however long that takes. */
void word_wait(const _Atomic uint32_t *w, uint32_t was, int64_t most_ms);
/* One who waits there. The word may be gone by now, with its owner: whoever waits at that address looks
 * again. */
void word_wake(const _Atomic uint32_t *w);

#endif
