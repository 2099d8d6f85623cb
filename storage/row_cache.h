/* row_cache.h: the two rows that nearly every request reads, sessions with their users and jobs, kept in
 * memory.
 *
 * This process is the database's only owner, so it sees every change. A change of a table that such rows are
 * made of moves their generation on, after its commit and before anybody hears of it; what was read in an
 * earlier generation is not used any more. Whoever fills takes the generation before reading.
 */
#ifndef DOCKET_ROW_CACHE_H
#define DOCKET_ROW_CACHE_H

#include "storage.h"

enum cached_rows { CACHED_PEOPLE, CACHED_JOBS, CACHED_KINDS };
/* Which kinds a change of this table may touch, as bits; a table that is not known may touch all. */
unsigned row_cache_touched(const char *table);

struct row_cache;
struct row_cache *row_cache_create(void);
void row_cache_destroy(struct row_cache **c);

uint64_t row_cache_generation(const struct row_cache *c, enum cached_rows kind);
void row_cache_move_on(struct row_cache *c, unsigned kinds);

/* False: not there. What comes lives in `mem`. */
bool row_cache_job(struct row_cache *c, struct uuid user, struct uuid id, struct arena *mem, struct job *ret);
void row_cache_keep_job(struct row_cache *c, uint64_t generation, const struct job *job);

/* The user behind a session; `used_ms`: when it was last noted as used. Whether it has ended by now is the
 * caller's to see. */
bool row_cache_session(struct row_cache *c, const uint8_t token_hash[static TOKEN_HASH_LEN],
                       struct arena *mem, struct user *ret, int64_t *used_ms);
void row_cache_keep_session(struct row_cache *c, uint64_t generation,
                            const uint8_t token_hash[static TOKEN_HASH_LEN], const struct user *user,
                            int64_t used_ms);

#endif
