/* moving.h: a whole installation taken elsewhere: to a cluster, into a backup and out of it.
 *
 * Blobs go first, each known by its SHA-256; one that is there already is read, held against that and not
 * sent again. Rows follow in one transaction, are read back, counted and hashed, and only then committed. So
 * whatever is killed at whatever moment: the target holds no rows yet, and the same call goes on from there;
 * or it holds all of them.
 *
 * A backup is a folder that can be looked through without Docket:
 *
 *	SHA256SUMS          of everything below, as sha256sum -c reads it; made last
 *	manifest            what this is, and how much of it
 *	docket.db           the rows, of SQLite
 *	rows/TABLE.copy     the rows, of PostgreSQL, as its COPY writes them
 *	blobs/ab/ab01...    the files
 *
 * It holds password hashes and everybody's papers: keep it as safe as the service itself.
 */
#ifndef DOCKET_MOVING_H
#define DOCKET_MOVING_H

#include "storage.h"

struct moved {
	int64_t rows, blobs, bytes;
	int64_t already; /* blobs that an earlier try had brought */
};

/* Who wants to see how it goes; may come from several threads, one at a time. `of` 0: not known. */
struct moving_watch {
	void (*fn)(void *arg, const char *what, int64_t done, int64_t of);
	void *arg;
};

/* From SQLite, whose service must have stopped (ERR_CONFLICT), to PostgreSQL; blobs from anywhere to
 * anywhere, also to where they are. ERR_CONFLICT: somebody else's rows are at the target. The same rows:
 * nothing is left to do. */
enum err storage_copy(const struct storage_options *from, const struct storage_options *to,
                      const struct moving_watch *watch, struct moved *ret, struct why *why) MUST_CHECK;

/* While the service runs or not. `dir` is made; what an unfinished backup left there is used again, a
 * finished one is ERR_CONFLICT. Without `blobs`: the rows alone, for who keeps the object store's own copies.
 */
enum err storage_backup(const struct storage_options *from, const char *dir, bool blobs,
                        const struct moving_watch *watch, struct moved *ret, struct why *why) MUST_CHECK;
/* Reads all of it. ERR_CORRUPT_FILE names the first file that is not as it was written. */
enum err storage_backup_check(const char *dir, const struct moving_watch *watch, struct moved *ret,
                              struct why *why) MUST_CHECK;
/* Into an empty installation (else ERR_CONFLICT) of the same kind of database, of this version of the program
 * or a later one. Checked before anything is written, and proven afterwards. */
enum err storage_restore(const char *dir, const struct storage_options *to, const struct moving_watch *watch,
                         struct moved *ret, struct why *why) MUST_CHECK;

#endif
