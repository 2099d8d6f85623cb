/* conformance_world.h: what the conformance tests stand on: one open storage with two people in it. */
#ifndef DOCKET_CONFORMANCE_WORLD_H
#define DOCKET_CONFORMANCE_WORLD_H

#include "accounts.h"
#include "errands.h"
#include "storage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct storage_options options;
	struct storage *st;
	struct arena *mem;
	struct uuid ann, bob, worker;
	bool shared; /* as the place says */
	struct why why;
};

#define OK(call)                                                                 \
	do {                                                                     \
		enum err ok_err_ = (call);                                       \
		if (ok_err_ != ERR_NONE)                                         \
			print_error("%s: %s\n", err_code(ok_err_), w->why.text); \
		assert_int_equal(ok_err_, ERR_NONE);                             \
	} while (0)

int world_setup(void **state);
int world_teardown(void **state);
void reopen(struct world *w);
/* A new place of the same kind: its URLs. */
void another_place(struct storage_options *o);

struct blob put_blob(struct world *w, const char *text);
/* An acknowledged upload of `text` as receipt.jpg. */
const struct job *put_job(struct world *w, struct uuid user, const char *text);
const struct claim *claim_one(struct world *w); /* NULL: nothing is ready */
const struct job *job_of(struct world *w, struct uuid user, struct uuid id);
/* Done, as a receipt of Пятёрочка over 9.00 RUB. */
void settle(struct world *w, const struct claim *c, const char *json);
void settle_asking(struct world *w, const struct claim *c, const char *due_date, const char *category,
                   const char *doubtful);

/* Its token hash is `first_byte` and zeros. */
void begin_session(struct world *w, struct uuid user, uint8_t first_byte, int64_t idle_ms, int64_t life_ms);

/* Its hash is `first_byte` and zeros, `ends_ms` 0: never. */
struct uuid put_key(struct world *w, struct uuid user, enum key_kind kind, uint8_t first_byte,
                    int64_t ends_ms);
size_t keys_of(struct world *w, struct uuid user, enum key_kind kind);

/* So many of `take` at once, from threads of their own: how many went through. Each other was refused with
 * `refusal`. */
#define AT_ONCE_TAKES 40
int at_once(struct world *w, enum err (*take)(struct world *w, struct why *why), enum err refusal);

/* Groups of tests in files of their own: the number that failed. */
int jobs_conformance(void);
int library_conformance(void);
int accounts_conformance(void);
int keys_conformance(void);
int room_conformance(void);
int passkeys_conformance(void);
int costs_conformance(void);
int errands_conformance(void);
int moving_conformance(void);
int rates_conformance(void);

/* conformance_moving.c: something of everything that storage keeps, of Ann's; and is it all there? */
void furnish(struct world *w);
void expect_furnished(struct world *w);

#endif
