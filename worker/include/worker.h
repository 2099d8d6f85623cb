/* worker.h: the door of worker: takes jobs from the queue and brings them to their end.
 *
 *	claim -> open blob -> parse (sandboxed) -> check -> infer -> compose result -> settle
 *
 * Holds no state of record: everything it knows it can lose. A slot is a thread that works on one
 * job; one more thread renews all leases and reaps those of others.
 */
#ifndef DOCKET_WORKER_H
#define DOCKET_WORKER_H

#include "document.h"
#include "err.h"
#include "inference.h"
#include "parsers.h"
#include "price.h"
#include "storage.h"

#include <stdint.h>

/* How letters and webhooks leave. Texts outlive the worker. */
struct errand_options {
	const char *smtp; /* "smtp://HOST:PORT"; "": no mail */
	const char *mail_from, *mail_user, *mail_password;
	bool mail_tls;        /* insist on it */
	bool webhook_private; /* plain http, and addresses that are not the public internet's */
	int32_t max_attempts;
	int64_t backoff_ms; /* the first pause */
};

struct worker_options {
	struct storage *storage;
	struct parser_pool *parsers;
	struct inference_client *inference;
	const char *presence; /* a folder that the workers of this machine share; NULL: there is but one */
	int32_t slots;
	bool scaling; /* use only as many slots as are worth having (scaling.h) */
	int64_t target_wait_ms, scale_in_ms;
	int64_t lease_ms; /* heartbeat at a third of it */
	int64_t job_deadline_ms;
	int64_t stop_grace_ms;
	int64_t trash_ms;    /* so long a document stays in the trash */
	int64_t keys_ms;     /* and an idempotency key is remembered, */
	int64_t archives_ms; /* and an archive of an account is kept, */
	int64_t errands_ms;  /* and what was sent or given up */
	struct errand_options errands;
	int64_t result_limit_ms; /* a result later than this misses its objective */
	int32_t max_mail_depth;  /* mails inside mails whose attachments still become documents */
	int64_t trace_slow_ms;   /* a job slower than this is traced whatever the head said */
	struct price_table prices;
};

struct worker;
enum err worker_start(const struct worker_options *o, struct worker **ret, struct why *why) MUST_CHECK;
/* Stop claiming, give running jobs their grace, release the rest. At most grace + 5 s. */
void worker_stop(struct worker **w);

/* docket.result/1 from a parsed document and a prediction: the same for jobs and `docket read`. */
struct result_parts {
	const char *file_name; /* what it was called; NULL: nothing */
	const struct document_text *document;
	const json_t *prediction;
	bool over_quota; /* there was no room for some of what hung on it */
	int64_t queue_ms, parse_ms, infer_ms, peak_rss_kib; /* -1: not known */
	struct cost used;
	const struct price_table *prices; /* NULL: none */
};
enum err result_compose(const struct result_parts *p, json_t **ret, struct why *why) MUST_CHECK;

#endif
