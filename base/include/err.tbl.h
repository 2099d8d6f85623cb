/* The one list of failures.
 *
 * X(NAME, code, HTTP status, what becomes of the job, one sentence for a person, what to do next)
 *
 * `code` is the stable name that clients, metrics and docs/errors.md use: never change one, add one.
 * The fate of a job whose step failed so:
 *   REJECT  the document's own fault, or a decision: final at once
 *   RETRY   ours or the machine's: tried again with backoff while attempts last
 *   AWAIT   something that it needs is not there yet: tried again for a day, and no attempt counted
 *   CRASH   the parser died on it: counted apart, final at the second time
 *   DROP    not ours to settle any more: say nothing, the holder of the lease will
 * The web app translates by code; a test holds its two languages against this list.
 */
X(NONE, "none", 200, REJECT, "No error.", "")

/* the request */
X(BAD_REQUEST, "bad_request", 400, REJECT, "The request cannot be understood.",
  "Check its form against the API description.")
X(BAD_JSON, "malformed_json", 400, REJECT, "The body is not valid JSON.", "Send one JSON object, UTF-8.")
X(BODY_CUT, "body_incomplete", 400, REJECT, "The upload broke off before its end.", "Send the file again.")
X(UNAUTHENTICATED, "unauthenticated", 401, REJECT, "You are not logged in.", "Log in and try again.")
X(BAD_CREDENTIALS, "bad_credentials", 401, REJECT, "E-mail or password is wrong.",
  "Check both and try again.")
X(SECOND_FACTOR, "second_factor_required", 401, REJECT, "This account asks for a second factor.",
  "Send the code of your authenticator app, or a recovery code, with the password.")
X(PASSKEY_NEEDED, "passkey_required", 401, REJECT, "The password alone does not open this account.",
  "Log in with its passkey.")
X(BAD_PASSKEY, "passkey_refused", 401, REJECT, "This passkey was not accepted.",
  "Try again, or use another way to log in.")
X(FORBIDDEN, "forbidden", 403, REJECT, "This is not allowed.", "Start again from the app itself.")
X(WRONG_PASSWORD, "wrong_password", 403, REJECT, "The password is wrong.",
  "Enter the password that you log in with now.")
X(WRONG_CODE, "wrong_code", 403, REJECT, "The code is wrong or was used already.",
  "Wait for the next code of your app; check the clock of your phone.")
X(ACCOUNT_DISABLED, "account_disabled", 403, REJECT, "This account is switched off.",
  "Ask who runs this service.")
X(EMAIL_UNVERIFIED, "email_unverified", 403, REJECT, "Your e-mail address is not confirmed yet.",
  "Open the link in the letter that was sent to you, or ask for a new one.")
X(FACTOR_NEEDED, "second_factor_setup_required", 403, REJECT,
  "This service asks for a second factor, and this account has none yet.",
  "Log in to the app and set up an authenticator app or a passkey.")
X(SIGNUP_CLOSED, "signup_closed", 403, REJECT, "People cannot sign up by themselves here.",
  "Ask who runs this service for an invitation.")
X(BAD_INVITATION, "invitation_invalid", 403, REJECT, "This invitation is not valid, or not any more.",
  "Ask for a new one.")
X(SCOPE, "insufficient_scope", 403, REJECT, "This API token may not do that.",
  "Use a token with the scope that is needed, or log in.")
X(ABSENT, "not_found", 404, REJECT, "There is no such thing here.", "Check the address.")
X(METHOD, "method_not_allowed", 405, REJECT, "This address does not accept that method.",
  "See the Allow header.")
X(SLOW_CLIENT, "request_timeout", 408, REJECT, "The request took too long to arrive.",
  "Try again on a better connection.")
X(CONFLICT, "conflict", 409, RETRY, "Somebody changed this at the same time.", "Load it again and repeat.")
X(EMAIL_TAKEN, "email_taken", 409, REJECT, "There is already an account with this e-mail.", "Log in instead.")
X(OTHER_USER, "other_user", 409, REJECT, "Somebody else is logged in here now.",
  "Log in as yourself and try again.")
X(KEY_IN_FLIGHT, "idempotency_key_in_flight", 409, REJECT, "The same upload is still arriving.",
  "Wait a moment, then repeat.")
X(NOT_FINISHED, "job_not_finished", 409, REJECT, "The document is still being read.",
  "Ask again when its job is done.")
X(JOB_FAILED, "job_failed", 409, REJECT, "The document could not be read.", "See its job for the reason.")
X(JOB_FINAL, "job_final", 409, REJECT, "This job has already ended.", "Nothing is left to stop.")
X(NOT_RETRYABLE, "job_not_retryable", 409, REJECT, "This job is not one that can be run again.",
  "Only failed or cancelled jobs can.")
X(NO_MAIL, "mail_off", 409, REJECT, "This service sends no mail.", "Ask who runs this service.")
X(NO_PASSKEYS, "passkeys_off", 409, REJECT, "Passkeys cannot be used here.",
  "Log in with your password. Who runs this service needs an https address for it.")
X(EXPORT_NOT_READY, "export_not_ready", 409, REJECT, "There is no finished export.",
  "Start one, then ask again when it is done.")
X(LINK_SPENT, "link_invalid", 410, REJECT, "This link is not valid, or not any more.", "Ask for a new one.")
X(STALE, "precondition_failed", 412, REJECT, "It has changed since you loaded it.",
  "Load it again and repeat your change.")
X(TOO_BIG, "file_too_large", 413, REJECT, "The file is larger than this service accepts.",
  "Send a smaller file or fewer pages.")
X(URI_TOO_LONG, "uri_too_long", 414, REJECT, "The address is too long.", "Shorten it.")
X(UNSUPPORTED_TYPE, "unsupported_type", 415, REJECT, "This kind of file cannot be read.",
  "Send a photo, a scan, a PDF, a text document or a mail.")
X(BAD_RANGE, "range_not_satisfiable", 416, REJECT, "The file has no such part.", "Ask for a range inside it.")
X(INVALID, "invalid_input", 422, REJECT, "A value in the request is not acceptable.",
  "Correct the named value.")
X(BAD_EMAIL, "invalid_email", 422, REJECT, "This does not look like an e-mail address.",
  "Check it for typing errors.")
X(WEAK_PASSWORD, "weak_password", 422, REJECT, "This password is too easy to guess.",
  "Use at least 10 characters that are hard to guess.")
X(ADDRESS_REFUSED, "address_refused", 422, REJECT, "This address may not be called from here.",
  "Use a public https address.")
X(KEY_REUSED, "idempotency_key_reused", 422, REJECT, "This Idempotency-Key belongs to another file.",
  "Use a new key for a new file.")
X(PRECONDITION_REQUIRED, "precondition_required", 428, REJECT,
  "The request must say which version it changes.", "Send If-Match with the ETag you loaded.")
X(RATE_LIMITED, "rate_limited", 429, RETRY, "Too many requests in a short time.",
  "Wait as long as Retry-After says.")
X(HEADERS_TOO_BIG, "headers_too_large", 431, REJECT, "The request's headers are too large.",
  "Clear the cookies of this site.")

/* the document */
X(EMPTY_FILE, "empty_file", 422, REJECT, "The file is empty.",
  "Choose the file again: this one has no content.")
X(CORRUPT_FILE, "corrupt_file", 422, REJECT, "The file is damaged and cannot be opened.",
  "Make the picture or the scan again.")
X(ENCRYPTED, "encrypted_pdf", 422, REJECT, "The document is protected by a password.",
  "Save a copy without the password and upload that.")
X(TOO_MANY_PAGES, "too_many_pages", 422, REJECT, "The document has too many pages.",
  "Split it and upload the parts.")
X(PAGE_TOO_LARGE, "page_too_large", 422, REJECT, "A page of the document is too large to read.",
  "Make the picture smaller and upload it again.")
X(DOCUMENT_BOMB, "unpacks_too_large", 422, REJECT, "The document unpacks to more than is allowed.",
  "Save it in a plainer form.")
X(PARSER_CRASHED, "crashed_the_parser", 422, CRASH, "The document broke the program that reads it.",
  "Save it in another form, for example as a photo or a new PDF.")
X(PARSER_TIMEOUT, "parse_timeout", 422, CRASH, "Reading the document took too long.",
  "Send fewer pages or a plainer picture.")
X(PARSER_MEMORY, "parse_out_of_memory", 422, CRASH, "Reading the document took too much memory.",
  "Make the picture smaller and upload it again.")
X(BAD_DOCUMENT, "invalid_parsed_document", 500, CRASH, "The reading of the document came out unusable.",
  "Try again; if it stays so, tell who runs this service.")

/* our own side */
X(BROKEN, "internal", 500, RETRY, "Something went wrong on our side.", "Try again in a moment.")
X(SECRET_LOST, "secret_unreadable", 500, REJECT, "A secret of this account cannot be read on our side.",
  "Use a recovery code, and tell who runs this service: the key that secrets are sealed with has changed.")
X(DEADLINE, "job_deadline", 500, RETRY, "The work took longer than it may.", "Try again later.")
X(LEASE_LOST, "lease_lost", 409, DROP, "The work was given to somebody else.", "")
X(CANCELLED, "cancelled", 409, DROP, "The job was cancelled.", "")
X(SCHEMA, "schema_incompatible", 422, RETRY, "The parts of this service do not fit each other.",
  "Tell who runs this service.")
X(MODEL_UNAVAILABLE, "model_unavailable", 503, RETRY, "The part that understands documents is not available.",
  "It will be tried again by itself.")
X(SOURCE, "source_unavailable", 503, AWAIT, "The file is not at this place yet.",
  "It was saved, and is on its way; it will be tried again by itself.")
X(BUSY, "busy", 503, RETRY, "The service is busy.", "Try again as Retry-After says.")
X(UNSURE, "outcome_unknown", 503, RETRY, "It is not certain that this was saved.",
  "Repeat with the same Idempotency-Key: nothing is done twice.")
X(STOPPING, "shutting_down", 503, RETRY, "The service is restarting.", "Try again in a few seconds.")
X(FULL, "storage_full", 507, RETRY, "There is no room left to store this.",
  "Tell who runs this service; nothing was lost.")
X(QUOTA, "quota_exceeded", 507, REJECT, "You have used all the room that is yours here.",
  "Delete what you no longer need, or ask who runs this service.")
