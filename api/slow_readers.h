/* slow_readers.h: whoever takes an answer so slowly that it is no slow line but somebody who holds a door
 * open.
 *
 * Files and other answers that are there at once are sent by libmicrohttpd, which closes what is silent, and
 * lets one byte a minute pass for ever. So one thread looks how much each of their readers has acknowledged:
 * whose socket got under 512 bytes a second from one look to the next, `window_ms` later, is shut down. A
 * file of 5 MB at 8 kB/s, which takes ten minutes, passes. While nobody is watched the thread sleeps.
 */
#ifndef DOCKET_SLOW_READERS_H
#define DOCKET_SLOW_READERS_H

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

struct slow_readers;

/* One that is watched. It lies with whoever has the connection; all zero: not watched. */
struct slow_reader {
	bool watched; /* its own thread's: the rest is under the lock */
	struct slow_reader *next, **at;
	int socket;
	uint64_t acknowledged;
	int64_t judged_ms;
};

enum err slow_readers_start(int64_t window_ms, struct slow_readers **ret, struct why *why) MUST_CHECK;
void slow_readers_watch(struct slow_readers *all, struct slow_reader *one, int socket);
/* Before its socket is closed. */
void slow_readers_forget(struct slow_readers *all, struct slow_reader *one);
void slow_readers_stop(struct slow_readers **all); /* nobody is watched any more */

#endif
