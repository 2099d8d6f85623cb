/* pg_store.h: the PostgreSQL driver, inside: a pool of connections, statements, hints.
 *
 * Every call of the door is one statement (with several parts, WITH ...), so it commits or not as a
 * whole in one round trip, holds no transaction open, and works behind a pooler in transaction mode.
 *
 * A connection that breaks while a change is under way leaves its outcome unknown. Changes are written
 * so that they may be run again under the same ids; pg_change() does, and tells by `again` that an
 * earlier try may have been the one that worked, so that "nothing to change" can be looked into.
 */
#ifndef DOCKET_PG_STORE_H
#define DOCKET_PG_STORE_H

#include "backend.h"
#include "buf.h"
#include "call_group.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#define PG_ARGS       36
#define PG_STATEMENTS 256 /* kept prepared on one connection; what comes after is run without */
#define PG_POOL_MAX   64

struct pg_connection {
	PGconn *c;
	const char *prepared[PG_STATEMENTS]; /* by address: statements are literals */
	int n_prepared;
	bool busy;
	bool unreplicated;              /* the server said that it gave up waiting for its standby */
	uint32_t timeline;              /* of its primary */
	const _Atomic uint32_t *newest; /* that there is: an older primary is not listened to */
};

/* pg_queue.c: the queue's virtual time as it was, at the last look and at the one before. */
struct queue_mark {
	_Atomic int64_t next_ms, latest, from;
};

struct pg {
	struct storage *st;
	PQconninfoOption *where; /* the URL, parsed */
	char *hosts, *hostaddrs, *ports;
	_Atomic int host;          /* the one that was the primary last */
	_Atomic uint32_t timeline; /* the newest that was seen: who is behind it is not written to */
	char epoch[48];            /* of this database: the name under which its newest timeline is marked */
	uint32_t marked;

	pthread_mutex_t lock;
	pthread_cond_t free;
	struct pg_connection pool[PG_POOL_MAX];
	int pool_size;
	int32_t waiting;   /* for one of the pool */
	_Atomic bool away; /* the last who asked got no answer in time, and nobody has since */
	_Atomic uint64_t changes, change_us, bytes_seen;
	struct queue_mark begin; /* where claims begin to look */
	struct queue_mark late;  /* where those left behind are looked for, up to `begin` */
	_Atomic int64_t next_sweep_ms, next_whole_ms; /* of that look; of one from the very first on */
	_Atomic int64_t next_reap_ms;                 /* the same, for held ones */
	_Atomic int64_t next_aside_ms;                /* and of the look at those who stand aside */
	_Atomic int64_t next_seal_ms; /* and of the look for links of the audit that came late */
	_Atomic int64_t reaped_ms;    /* up to which end of lease, by the clock of the database */

	struct call_group claims, settles, uploads, held_uploads;

	/* hints, and where the primary is */
	pthread_t listener, watcher, marker, prober;
	bool listening, watching, marking, probing;
	int wake_fd;
	bool stopping;
	pthread_cond_t changed;
	uint64_t queue_changes, wakes;
	bool tell_queue; /* not told to the others yet */
};

/* ---- statements ---- */

struct pg_call {
	const char *sql; /* a literal, */
	bool once;       /* or not, and then not kept prepared */
	int n;
	const char *values[PG_ARGS];
	int lengths[PG_ARGS], formats[PG_ARGS];
	char text[PG_ARGS][UUID_TEXT_LEN];
};
void arg_uuid(struct pg_call *q, struct uuid u); /* nil: NULL */
void arg_int(struct pg_call *q, int64_t n);
void arg_text(struct pg_call *q, const char *text); /* NULL: NULL */
void arg_text_n(struct pg_call *q, const char *text, size_t n);
void arg_bytes(struct pg_call *q, const uint8_t *p, size_t n);

void pg_pools(struct pg *db, struct storage_pool ret[static 2]); /* how busy it is */
void pg_result_free(PGresult **r);
#define RESULT OWNED(pg_result_free) PGresult

/* Reads: tried again while nobody answers, for a few seconds. */
enum err pg_query(struct storage *st, const struct pg_call *q, PGresult **ret, struct why *why) MUST_CHECK;
/* Changes: durable, and on the standby where one is asked for, when it returns. ERR_CONFLICT: a key is
 * taken. ERR_UNSURE: it may be there or not. `again` may be NULL where running twice does no harm. */
enum err pg_change(struct storage *st, const struct pg_call *q, bool *again, PGresult **ret, struct why *why)
    MUST_CHECK;
/* All that was committed before is on the standby too. Before saying "it is there" of something that
 * was only found. */
enum err pg_confirm(struct storage *st, struct why *why) MUST_CHECK;

/* ---- transactions, for what does not fit into one statement ---- */

struct pg_tx {
	struct pg *db;
	struct pg_connection *c;
	int64_t until;
	bool gone; /* the connection, and with it all that was done: run again */
};
enum err pg_tx_run(struct pg_tx *t, const struct pg_call *q, PGresult **ret, struct why *why) MUST_CHECK;
/* `fn` inside BEGIN ... COMMIT; what it returns but ERR_NONE takes all back. It may run more than once.
 * A commit whose answer is lost is looked up by its transaction id. */
enum err pg_transaction(struct storage *st, enum err (*fn)(struct pg_tx *t, void *arg, struct why *why),
                        void *arg, struct why *why) MUST_CHECK;
/* pg_accounts.c: until the end of the transaction, others that hold the same person wait. What of theirs has
 * a limit is counted after it, by another statement: each sees what was there when it began. ERR_ABSENT. */
enum err pg_tx_hold_user(struct pg_tx *t, struct uuid id, struct why *why) MUST_CHECK;

/* In a FROM: this statement's commit waits for no disk and no standby, as what it changes may be lost. */
#define PG_SOON "(SELECT set_config('synchronous_commit', 'off', true)) soon"

struct uuid col_uuid(const PGresult *r, int row, int col);
int64_t col_int(const PGresult *r, int row, int col);
const char *col_text(const PGresult *r, int row, int col, struct arena *mem, bool *full);
void col_blob(const PGresult *r, int row, int col, struct blob *ret); /* key, size, sha256 in hex */

/* One try at an answer, for whoever is in no hurry to have it: afterwards `away` says how it went. */
void pg_probe(struct pg *db, int64_t until);

/* A connection that nobody else will use; st->rows, to be closed by the driver, is made for it. */
enum err pg_reach(struct storage *st, const char *url, struct pg_connection **ret, struct why *why)
    MUST_CHECK;

/* ---- pg_connect.c ---- */
enum err pg_connect(struct pg *db, struct pg_connection *c, int64_t until, struct why *why) MUST_CHECK;
void pg_disconnect(struct pg_connection *c);
/* Is it open, and has its primary not been followed by another? */
bool pg_connected(const struct pg_connection *c);
/* One statement without the pool: the caller's own connection. NULL when the connection failed or the
 * time was up; then it is closed. */
PGresult *pg_exec(struct pg_connection *c, const struct pg_call *q, bool prepare, int64_t until);
/* What comes of all that was sent. NULL: the connection failed or the time was up; it is not closed. */
PGresult *pg_answer(struct pg_connection *c, int64_t until);

/* To the host of that number, standby or primary, for asking pg_timeline() (0: it is a standby). */
int pg_hosts(const struct pg *db);
enum err pg_connect_host(const struct pg *db, int host, struct pg_connection *c, int64_t until,
                         struct why *why) MUST_CHECK;
void pg_saw_timeline(struct pg *db, uint32_t timeline);
enum err pg_timeline(struct pg_connection *c, uint32_t *ret, int64_t until, struct why *why) MUST_CHECK;

/* ---- pg_migrate.c ---- */
/* ERR_BUSY: tables were in use for as long as it was tried; `why` names who used them. */
enum err pg_migrate(struct pg *db, struct pg_connection *c, struct why *why) MUST_CHECK;
/* The same inside a transaction of the caller's, as far as `version` (0: the newest). `*ret` is where it
 * stands then: a schema that is newer already stays as it is. */
enum err pg_migrate_to(struct pg *db, struct pg_connection *c, int version, int *ret, struct why *why)
    MUST_CHECK;

/* ---- pg_watch.c: follows the primary where there are several hosts, and keeps in mind how new it is ---- */
/* Before anything is written: is `c` the newest primary that any node has seen? If not, it is connected anew
 * to one that is. ERR_BUSY: there is none just now. */
enum err pg_epoch_check(struct pg *db, struct pg_connection *c, int64_t until, struct why *why) MUST_CHECK;
/* Somebody in a hurry got no answer in time: from now on nobody in a hurry asks, and a probe does. */
void pg_seems_away(struct pg *db);
enum err pg_watch_start(struct pg *db, struct why *why) MUST_CHECK;
void pg_watch_stop(struct pg *db);

/* ---- pg_hints.c ---- */
enum err pg_hints_start(struct pg *db, struct why *why) MUST_CHECK;
void pg_hints_stop(struct pg *db);
/* A job may be claimed: wakes who waits for one here, and soon the others. */
void pg_note_ready(struct storage *st);

/* pg_audit.c: ties what has been written since to the chain. */
enum err pg_audit_seal(struct storage *st, bool thorough, struct why *why) MUST_CHECK;

/* pg_corrections.c */
enum err pg_load_corrections(struct storage *st, struct uuid user, struct uuid document, struct arena *mem,
                             struct correction_list *ret, struct why *why) MUST_CHECK;

/* the driver's side of rows.tbl.h */
#define X(name, params, call) enum err pg_##name PARAMS params MUST_CHECK;
#include "rows.tbl.h"
#undef X
void pg_claim_wait(struct storage *st, int64_t timeout_ms);
void pg_claim_wake(struct storage *st);

#endif
