/* The one list of log events.
 *
 * X("name", LEVEL, "fields besides the context's", "what it means", "what to do")
 *
 * NOISY("name", n): of a flood of them a process writes the first n of each second; the next line that it
 * writes says with `held_back` how many it left out. What one job's story needs is never left out.
 *
 * Each event counts in docket_log_events_total{level, event}. Names are stable: add, never change. A name
 * that is not listed here is written all the same, and counted as "unlisted".
 */
#ifndef NOISY
#define NOISY(...)
#endif
X("process.started", INFO, "version command", "A process of the service began.", "")
X("process.ready", INFO, "ms", "It can serve; ms since it began.", "")
X("process.stopping", INFO, "signal", "Told to stop; running work gets its grace.", "")
X("process.stopped", INFO, "", "Ended in good order.", "")
X("process.failed", ERROR, "error why", "Could not start or go on.",
  "Read why; see docs/errors.md by its code.")
X("admin.listening", INFO, "address port", "Metrics and health are served there.", "")
X("api.listening", INFO, "address port", "The app and its API are served there.", "")
X("child.started", INFO, "child pid", "A supervised process was started.", "")
X("child.died", WARN, "child pid status signal restart_ms",
  "A supervised process ended by itself and is started again.",
  "If it repeats, look at the lines of that process before its end.")
X("child.stuck", WARN, "child pid", "A supervised process did not stop in time and was killed.", "")

X("http.request", INFO, "method route status ms bytes", "A request was answered.", "")
X("limits.alone", WARN, "error why",
  "The limits that nodes share cannot be asked: each node goes by its own, so that they count once a node.",
  "Look after the database.")
X("limits.shared", INFO, "", "They are shared again.", "")
X("http.failed", WARN, "method route status error why", "A request failed for our reasons.",
  "Follow its request_id through the log.")
X("upload.accepted", INFO, "bytes media_type", "A document was stored durably and its job queued.", "")
X("result.corrected", INFO, "changes", "A person corrected what was read.", "")
X("user.created", INFO, "", "Somebody signed up.", "")
X("user.changed", INFO, "what", "Somebody changed their e-mail, password or second factor.", "")
X("user.leaving", INFO, "", "Somebody asked for their account to be deleted.", "")
X("user.erased", INFO, "", "An account and everything of it is gone.", "")
X("blobs.swept", INFO, "blobs", "Files of uploads that had broken off were deleted.", "")
X("blobs.sweep_failed", WARN, "error why", "Files of uploads that broke off could not be deleted; tomorrow again.",
  "See whether the store of files answers.")
X("trash.emptied", INFO, "documents", "Documents went from the trash for good.", "")
X("trash.empty_failed", ERROR, "error why", "The trash could not be emptied; tried again.",
  "See why; the disk may be full or the database broken.")
X("archives.expire_failed", ERROR, "error why", "Archives of accounts that have been kept long enough could not be deleted; tried again.",
  "Look at storage: its disk, its database.")
X("keys.forget_failed", ERROR, "error why", "Old idempotency keys could not be forgotten; tried again.",
  "Look at storage: its disk, its database.")
X("errands.forget_failed", ERROR, "error why", "Records of what was sent or given up long ago could not be deleted; tried again.",
  "Look at storage: its disk, its database.")
X("user.erase_failed", ERROR, "error why", "An account that is to go could not be erased; tried again.",
  "Look at storage: its disk, its database.")
X("secrets.lost", ERROR, "secrets key",
  "Secrets of webhooks or second factors are sealed with another key than the one at hand; `key` is its name.",
  "Put the old file back in place of storage.key_file; docket doctor tells. If it is lost, those second factors and "
  "webhooks are to be set up anew; recovery codes still serve.")
X("session.created", INFO, "", "Somebody logged in.", "")
X("session.refused", INFO, "", "A log-in failed.", "")
X("codes.guessed", WARN, "", "Somebody with the password of an account tries codes of its second factor.",
  "Its owner was told by letter, where mail is on; a new password ends it.")

X("job.claimed", INFO, "attempt wait_ms bytes media_type", "A worker began a job.", "")
X("job.parsed", INFO, "pages source words wall_ms cpu_ms peak_rss_kib", "The parser finished the document.",
  "")
X("job.memory_skipped", WARN, "error why",
  "What the owner corrected could not be read or learnt from; the paper is read without.", "")
X("job.inferred", INFO, "ms doc_type fields", "ml-inference answered.", "")
X("job.done", INFO, "ms doc_type pages cpu_ms", "The result is stored and visible.", "")
X("job.failed", WARN, "error why stage attempt", "The job ended without a result.",
  "The document's own fault needs nothing; for codes of ours see docs/errors.md.")
X("job.retrying", WARN, "error why stage attempt", "The step failed; it will be tried again.", "")
X("job.dropped", INFO, "error why stage", "Cancelled, or the lease passed to somebody else.", "")
X("job.unsettled", WARN, "error why outcome stage",
  "How a job went could not be stored; its lease brings it back.", "Look at storage: its disk, its database.")
X("job.released", INFO, "stage", "Given back unharmed because the worker stops.", "")
X("worker.started", INFO, "worker_id slots lease_ms", "The worker takes jobs.", "")
X("worker.stopped", INFO, "released", "The worker took its hands off every job.", "")
X("worker.claim_failed", ERROR, "error why", "The queue cannot be read; tried again after a pause.",
  "Look at storage: its disk, its database.")
X("worker.heartbeat_failed", ERROR, "error why jobs", "Leases could not be renewed.",
  "Look at storage; jobs come back after their lease.")
X("worker.died", WARN, "worker_id", "Another worker of this machine has died; its jobs run again at once.",
  "Look at what its log ends with, and for memory that ran out.")
X("worker.reaped", WARN, "jobs", "Jobs of a silent worker went back to the queue.",
  "Look for a worker that died or hangs.")

X("worker.scaling_blind", WARN, "error why", "Storage cannot say what waits; all slots work meanwhile.",
  "Look at storage: its disk, its database.")

X("errand.done", INFO, "attempt", "A letter, a webhook or an export went out.", "")
X("errand.retrying", WARN, "detail attempt", "It did not go out; it will be tried again.", "")
X("errand.dead", WARN, "detail attempt", "It did not go out and is given up.",
  "Mail: look at the mail server and the mail settings. Webhooks: their owner sees it, and can send it "
  "again.")
X("errand.failed", WARN, "error why", "It could not even be tried.", "Follow errand_id; look at storage.")
X("errand.unsettled", WARN, "error why", "How it went could not be stored; it may go out twice.",
  "Look at storage: its disk, its database.")
X("export.original_missing", ERROR, "document_id",
  "Storage has lost the file of a document: its owner's export names it and has the others.",
  "Look for it in a backup, and at what happened to its disk.")
X("export.broken_off", WARN, "error why", "An export ended in its middle, and its reader was told.",
  "Follow request_id; look at storage.")
X("errand.claim_failed", ERROR, "error why", "What is to go out cannot be read; tried again after a pause.",
  "Look at storage: its disk, its database.")
X("inference.listening", INFO, "address", "ml-inference answers there.", "")
X("inference.memory_ignored", WARN, "job_id error why",
  "What a person taught cannot be read; the paper was answered without.",
  "Look at that person's memory in storage.")
X("inference.model_loaded", INFO, "name version ms", "A model is ready.", "")
X("inference.model_refused", ERROR, "error why", "A model does not fit this program and was not loaded.",
  "Install the models that came with this version.")
X("inference.refused", WARN, "error why", "One inference request was refused or failed.",
  "Follow its request_id; a schema that does not fit means parts of different versions.")
X("inference.shadow_differs", INFO, "job_id fields",
  "The model that reads along says something else of these fields.", "")
X("inference.shadow_failed", WARN, "job_id error why", "The model that reads along could not answer.", "")
X("inference.stopping", INFO, "", "Told to stop; running answers are finished.", "")

NOISY("http.request", 100)
NOISY("http.failed", 50)
NOISY("session.refused", 20)
NOISY("inference.refused", 20)
NOISY("inference.shadow_differs", 20)
#undef NOISY
