/* rows.tbl.h: what every row driver must answer, one line a function of storage.h.
 *
 * X(name, (its parameters after the storage), (the same, as a call))
 *
 * A line gives the door's storage_NAME(), the member NAME of struct row_driver, and for each driver
 * the prototype of its implementation: sqlite_NAME(), pg_NAME(). A driver that lacks one does not link. */
/* clang-format off */

X(ready,           (struct why *why), (why))

/* users and sessions */
X(user_create,     (const char *email, const char *password_hash, const char *locale, struct arena *mem,
                    const struct user **ret, struct why *why), (email, password_hash, locale, mem, ret, why))
X(user_by_email,   (const char *email, struct arena *mem, const struct user **ret, struct why *why),
                   (email, mem, ret, why))
X(user_by_id,      (struct uuid id, struct arena *mem, const struct user **ret, struct why *why),
                   (id, mem, ret, why))
X(session_create,  (struct uuid user, const uint8_t token_hash[static TOKEN_HASH_LEN], int64_t idle_ms,
                    int64_t life_ms, struct why *why), (user, token_hash, idle_ms, life_ms, why))
X(session_user,    (const uint8_t token_hash[static TOKEN_HASH_LEN], struct arena *mem, const struct user **ret,
                    struct why *why), (token_hash, mem, ret, why))
X(session_end,     (const uint8_t token_hash[static TOKEN_HASH_LEN], struct why *why), (token_hash, why))

/* documents and jobs */
X(upload,          (const struct upload *u, struct arena *mem, const struct job **ret, bool *replayed,
                    struct why *why), (u, mem, ret, replayed, why))
X(job_get,         (struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why),
                   (user, id, mem, ret, why))
X(job_list,        (struct uuid user, struct uuid before, int32_t limit, struct arena *mem, struct job_page *ret,
                    struct why *why), (user, before, limit, mem, ret, why))
X(job_cancel,      (struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why),
                   (user, id, mem, ret, why))
X(job_retry,       (struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why),
                   (user, id, mem, ret, why))
X(job_wait,        (struct uuid user, struct uuid id, int64_t version, int64_t timeout_ms, struct arena *mem,
                    const struct job **ret, struct why *why), (user, id, version, timeout_ms, mem, ret, why))
X(document_get,    (struct uuid user, struct uuid id, struct arena *mem, const struct document **ret,
                    struct why *why), (user, id, mem, ret, why))
X(document_list,   (struct uuid user, struct uuid before, int32_t limit, struct arena *mem,
                    struct document_page *ret, struct why *why), (user, before, limit, mem, ret, why))

/* the queue */
X(claim,           (struct uuid worker, int32_t max, struct arena *mem, const struct claim **ret, size_t *n,
                    struct why *why), (worker, max, mem, ret, n, why))
X(heartbeat,       (struct heartbeat *beats, size_t n, struct why *why), (beats, n, why))
X(progress,        (const struct claim *c, enum job_stage stage, int32_t pages_done, int32_t pages_total,
                    struct why *why), (c, stage, pages_done, pages_total, why))
X(settle_done,     (const struct claim *c, const struct result_row *r, struct why *why), (c, r, why))
X(settle_failed,   (const struct claim *c, enum err outcome, const char *detail, enum job_state *ret,
                    struct why *why), (c, outcome, detail, ret, why))
X(release,         (const struct claim *c, struct why *why), (c, why))
X(worker_gone,     (struct uuid worker, struct why *why), (worker, why))
X(reap,            (size_t *n, struct why *why), (n, why))
X(queue_stats,     (struct queue_stats *ret, struct why *why), (ret, why))

/* results */
X(result_get,      (struct uuid user, struct uuid job, struct arena *mem, const struct result **ret,
                    struct why *why), (user, job, mem, ret, why))
X(page_get,        (struct uuid user, struct uuid document, int32_t number, struct arena *mem,
                    const struct page_picture **ret, struct why *why), (user, document, number, mem, ret, why))

/* corrections */
X(corrections,     (struct uuid user, size_t max, struct arena *mem, struct correction_list *ret, struct why *why),
                   (user, max, mem, ret, why))
X(document_corrections, (struct uuid user, struct uuid document, struct arena *mem, struct correction_list *ret,
                    struct why *why), (user, document, mem, ret, why))
X(parsed_get,      (struct uuid user, struct uuid document, struct blob *ret, struct why *why),
                   (user, document, ret, why))
X(correct,         (const struct correct *o, struct why *why), (o, why))

/* audit */
X(audit,           (struct uuid user, const char *action, const char *object, const char *request_id,
                    struct why *why), (user, action, object, request_id, why))

/* clang-format on */
