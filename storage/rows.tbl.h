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
X(session_create,  (const struct new_session *s, struct why *why), (s, why))
X(session_user,    (const uint8_t token_hash[static TOKEN_HASH_LEN], struct arena *mem, const struct user **ret,
                    struct why *why), (token_hash, mem, ret, why))
X(session_end,     (const uint8_t token_hash[static TOKEN_HASH_LEN], struct why *why), (token_hash, why))
X(session_list,    (struct uuid user, const uint8_t *current_hash, struct arena *mem, const struct session **ret,
                    size_t *n, struct why *why), (user, current_hash, mem, ret, n, why))
X(session_end_one, (struct uuid user, struct uuid id, struct why *why), (user, id, why))
X(session_end_others, (struct uuid user, const uint8_t *keep_hash, struct why *why), (user, keep_hash, why))
X(user_change,     (struct uuid id, const struct user_change *change, struct arena *mem, const struct user **ret,
                    struct why *why), (id, change, mem, ret, why))
X(user_list,       (struct uuid before, int32_t limit, struct arena *mem, struct user_page *ret, struct why *why),
                   (before, limit, mem, ret, why))
X(user_usage,      (struct uuid id, struct usage *ret, struct why *why), (id, ret, why))
X(user_due,        (struct uuid *ret, struct why *why), (ret, why))
/* Not the door's: storage_user_erase() takes the blobs that these rows named away afterwards. */
X(user_erase_rows, (struct uuid id, struct arena *mem, const char *const **ret_blobs, size_t *n, struct why *why),
                   (id, mem, ret_blobs, n, why))

/* keys */
X(key_create,      (const struct key *key, const uint8_t key_hash[static TOKEN_HASH_LEN], struct why *why),
                   (key, key_hash, why))
X(key_find,        (enum key_kind kind, const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem,
                    const struct key **ret, struct why *why), (kind, key_hash, mem, ret, why))
X(key_spend,       (enum key_kind kind, const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem,
                    const struct key **ret, struct why *why), (kind, key_hash, mem, ret, why))
X(key_user,        (const uint8_t key_hash[static TOKEN_HASH_LEN], struct arena *mem, const struct user **ret,
                    struct why *why), (key_hash, mem, ret, why))
X(key_list,        (struct uuid user, enum key_kind kind, struct arena *mem, const struct key **ret, size_t *n,
                    struct why *why), (user, kind, mem, ret, n, why))
X(key_end,         (struct uuid user, enum key_kind kind, struct uuid id, struct why *why), (user, kind, id, why))
X(key_end_all,     (struct uuid user, enum key_kind kind, struct why *why), (user, kind, why))

/* invitations */
X(user_join,       (const char *email, const char *password_hash, const char *locale,
                    const uint8_t invitation_hash[static TOKEN_HASH_LEN], struct arena *mem, const struct user **ret,
                    struct why *why), (email, password_hash, locale, invitation_hash, mem, ret, why))
X(invitation_list, (struct uuid before, int32_t limit, struct arena *mem, struct invitation_page *ret, struct why *why),
                   (before, limit, mem, ret, why))
X(invitation_end,  (struct uuid id, struct uuid by, const char *request_id, struct why *why), (id, by, request_id, why))

/* the second factor */
X(totp_begin,      (struct uuid user, const uint8_t secret[static TOTP_SECRET_LEN], struct why *why),
                   (user, secret, why))
X(totp_get,        (struct uuid user, uint8_t ret[static TOTP_SECRET_LEN], struct totp_state *ret_state,
                    struct why *why), (user, ret, ret_state, why))
X(totp_wrong,      (struct uuid user, int64_t forget_ms, int32_t *ret, struct why *why), (user, forget_ms, ret, why))
X(totp_use,        (struct uuid user, int64_t step, struct why *why), (user, step, why))
X(totp_end,        (struct uuid user, struct why *why), (user, why))

/* Not the door's: at the opening, whatever is not sealed yet. */
X(secrets_seal,    (struct why *why), (why))

/* passkeys */
X(passkey_create,  (const struct passkey *p, struct why *why), (p, why))
X(passkey_list,    (struct uuid user, struct arena *mem, const struct passkey **ret, size_t *n, struct why *why),
                   (user, mem, ret, n, why))
X(passkey_find,    (const char *credential, struct arena *mem, const struct passkey **ret, struct why *why),
                   (credential, mem, ret, why))
X(passkey_used,    (struct uuid id, uint32_t sign_count, struct why *why), (id, sign_count, why))
X(passkey_rename,  (struct uuid user, struct uuid id, const char *name, struct why *why), (user, id, name, why))
X(passkey_end,     (struct uuid user, struct uuid id, struct why *why), (user, id, why))
X(challenge_put,   (const uint8_t hash[static TOKEN_HASH_LEN], struct uuid user, int64_t ends_ms, struct why *why),
                   (hash, user, ends_ms, why))
X(challenge_spend, (const uint8_t hash[static TOKEN_HASH_LEN], struct uuid user, struct why *why),
                   (hash, user, why))

/* limits that nodes share */
X(rates_draw,      (struct rate_draw *draws, size_t n, struct why *why), (draws, n, why))
X(rates_sweep,     (int64_t age_ms, size_t *n, struct why *why), (age_ms, n, why))

/* documents and jobs */
X(upload,          (const struct upload *u, struct arena *mem, const struct job **ret, bool *replayed,
                    struct why *why), (u, mem, ret, replayed, why))
X(idempotency_expire, (int64_t before_ms, size_t *n, struct why *why), (before_ms, n, why))
X(job_get,         (struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why),
                   (user, id, mem, ret, why))
X(job_list,        (struct uuid user, struct uuid before, int32_t limit, struct arena *mem, struct job_page *ret,
                    struct why *why), (user, before, limit, mem, ret, why))
X(job_cancel,      (struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why),
                   (user, id, mem, ret, why))
X(job_retry,       (struct uuid user, struct uuid id, struct arena *mem, const struct job **ret, struct why *why),
                   (user, id, mem, ret, why))
X(document_get,    (struct uuid user, struct uuid id, struct arena *mem, const struct document **ret,
                    struct why *why), (user, id, mem, ret, why))

/* the library */
X(document_find,   (struct uuid user, const struct document_filter *f, const struct document_cursor *after,
                    int32_t limit, struct arena *mem, struct found_page *ret, struct why *why),
                   (user, f, after, limit, mem, ret, why))
X(document_duplicates, (struct uuid user, struct uuid id, struct arena *mem, const struct duplicate **ret,
                    size_t *n, struct why *why), (user, id, mem, ret, n, why))
X(document_facets, (struct uuid user, struct arena *mem, const struct facet **ret, size_t *n, struct why *why),
                   (user, mem, ret, n, why))
X(document_digests, (struct uuid user, struct arena *mem, const struct digest **ret, size_t *n, struct why *why),
                   (user, mem, ret, n, why))
X(document_change, (struct uuid user, struct uuid id, const struct document_change *change, struct arena *mem,
                    const struct document **ret, struct why *why), (user, id, change, mem, ret, why))
X(document_delete, (struct uuid user, struct uuid id, const char *request_id, struct why *why),
                   (user, id, request_id, why))
X(document_reprocess, (struct uuid user, struct uuid id, const char *request_id, struct arena *mem,
                    const struct job **ret, struct why *why), (user, id, request_id, mem, ret, why))
X(trash_empty,     (int64_t before_ms, size_t *n, struct why *why), (before_ms, n, why))

X(document_parts,  (struct uuid user, struct uuid id, struct arena *mem, struct document_page *ret,
                    struct why *why), (user, id, mem, ret, why))

/* the queue */
X(claim,           (struct uuid worker, int32_t max, struct arena *mem, const struct claim **ret, size_t *n,
                    struct why *why), (worker, max, mem, ret, n, why))
X(heartbeat,       (struct heartbeat *beats, size_t n, struct why *why), (beats, n, why))
X(progress,        (const struct claim *c, enum job_stage stage, int32_t pages_done, int32_t pages_total,
                    struct why *why), (c, stage, pages_done, pages_total, why))
X(parts_fit,       (const struct claim *c, const struct attachment *list, size_t n, size_t *ret, struct why *why),
                   (c, list, n, ret, why))
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
X(parsed_get,      (struct uuid user, struct uuid document, struct blob *ret, struct why *why),
                   (user, document, ret, why))
X(memory_get,      (struct uuid user, struct arena *mem, struct sender_memory_row *ret, struct why *why),
                   (user, mem, ret, why))
X(memory_put,      (struct uuid user, const struct sender_memory_row *row, struct why *why), (user, row, why))
X(correct,         (const struct correct *o, struct why *why), (o, why))

/* sums for operators */
X(costs,           (int64_t from_ms, int64_t to_ms, enum cost_group group, struct arena *mem,
                    struct cost_report *ret, struct why *why), (from_ms, to_ms, group, mem, ret, why))
X(outcomes,        (int64_t from_ms, int64_t to_ms, int64_t limit_ms, struct arena *mem,
                    struct outcome_report *ret, struct why *why), (from_ms, to_ms, limit_ms, mem, ret, why))
X(slowest,         (int64_t from_ms, size_t max, struct arena *mem, const struct slow_job **ret, size_t *n,
                    struct why *why), (from_ms, max, mem, ret, n, why))
X(arrivals,        (int64_t from_ms, int64_t bucket_ms, size_t n, int64_t *counts, struct why *why),
                   (from_ms, bucket_ms, n, counts, why))
X(due_dates,       (struct uuid user, struct arena *mem, const struct due_date **ret, size_t *n, struct why *why),
                   (user, mem, ret, n, why))

/* errands */
X(errand_put,      (const struct errand *e, struct why *why), (e, why))
X(errand_claim,    (enum errand_kind last, int64_t hold_ms, struct arena *mem, const struct errand **ret,
                    struct why *why), (last, hold_ms, mem, ret, why))
X(errand_settle,   (const struct errand *e, enum errand_state state, int64_t due_ms, int64_t rest_until_ms,
                    int64_t behind_ms, const char *detail, struct why *why),
                   (e, state, due_ms, rest_until_ms, behind_ms, detail, why))
X(errand_list,     (struct uuid user, struct uuid subject, struct uuid before, int32_t limit, struct arena *mem,
                    struct errand_page *ret, struct why *why), (user, subject, before, limit, mem, ret, why))
X(errand_again,    (struct uuid user, struct uuid id, struct why *why), (user, id, why))
X(errand_expire,   (int64_t before_ms, size_t *n, struct why *why), (before_ms, n, why))
X(webhook_create,  (const struct webhook *w, struct why *why), (w, why))
X(webhook_list,    (struct uuid user, struct arena *mem, const struct webhook **ret, size_t *n, struct why *why),
                   (user, mem, ret, n, why))
X(webhook_get,     (struct uuid user, struct uuid id, struct arena *mem, const struct webhook **ret,
                    struct why *why), (user, id, mem, ret, why))
X(webhook_end,     (struct uuid user, struct uuid id, struct why *why), (user, id, why))
X(export_begin,    (struct uuid user, struct why *why), (user, why))
X(export_end,      (struct uuid user, const struct blob *blob, struct why *why), (user, blob, why))
X(export_expire,   (int64_t before_ms, struct why *why), (before_ms, why))
X(export_get,      (struct uuid user, struct export_row *ret, struct why *why), (user, ret, why))

/* audit */
X(audit,           (struct uuid user, const char *action, const char *object, const char *request_id,
                    struct why *why), (user, action, object, request_id, why))
X(audit_read,      (struct uuid user, const char *action, const char *object, const char *request_id,
                    struct why *why), (user, action, object, request_id, why))
X(audit_list,      (struct uuid user, int64_t before, int32_t limit, struct arena *mem, struct audit_page *ret,
                    struct why *why), (user, before, limit, mem, ret, why))
X(audit_verify,    (struct audit_proof *ret, struct why *why), (ret, why))

/* clang-format on */
