/* The one list of settings.
 *
 * X(TYPE, section, key, default, min, max, "text")
 *
 * TYPE: STR (min, max: length), INT, BYTES ("50M": k, M, G are powers of 1024), MS ("30s", "500ms", "2m",
 * "1h"; plain numbers are milliseconds), BOOL ("on", "off"). In the file: [section] key = value. In the
 * environment: DOCKET_SECTION_KEY. As a flag:
 * --section-key VALUE. Flags beat the environment, which beats the file.
 * In C: settings->section_key.
 */

/* everything */
X(STR, general, data, "data", 1, 4000, "Folder for the database and the files, made if missing.")
X(STR, general, storage, "", 0, 1000,
  "sqlite: (in the data folder) or postgresql://...; empty means sqlite:.")
X(STR, general, blobs, "", 0, 1000,
  "file:DIR or s3://bucket?endpoint=...; empty means a folder beside the database.")
X(INT, storage, pool, "8", 1, 64, "Connections to PostgreSQL of one process.")
X(BOOL, storage, pooler, "off", 0, 1,
  "Is PostgreSQL behind a pooler in transaction mode? Then nothing is prepared, and nobody is woken by it.")
X(STR, storage, key_file, "", 0, 1000,
  "The key that secrets of webhooks and second factors are sealed with, 64 hexadecimal digits. Empty: secret.key in "
  "the data folder, made at the first start; with PostgreSQL none, as all nodes need the same.")
X(INT, general, cores, "0", 0, 1024, "Processor cores to use; 0 means all that there are.")

/* api */
X(STR, api, listen, "127.0.0.1:8080", 1, 200, "HOST:PORT of the app and its API.")
X(STR, api, public_url, "", 0, 500,
  "Where people reach the service, for example https://docket.example; its scheme decides on Secure cookies.")
X(STR, api, cors_origins, "", 0, 2000,
  "Origins with commas between (https://app.example) whose pages may call the API with a token; cookies are never "
  "theirs. Empty: none.")
X(BYTES, api, max_upload, "50M", 1024, 4294967296, "Largest file accepted.")
X(INT, api, max_connections, "1024", 8, 100000, "Connections at once; more wait in the kernel.")
X(INT, api, threads, "0", 0, 256, "Threads that serve connections; 0 means one a core.")
X(INT, api, blocking_threads, "64", 1, 1024, "Threads for requests that wait for the disk.")
X(MS, api, idle_timeout, "60s", 1000, 3600000, "A connection silent for so long is closed.")
X(MS, api, slow_after, "20s", 1000, 3600000,
  "Who sends or takes under 512 bytes a second for so long is cut off, of a file three times as long; while another waits for its place, under 64 KiB.")
X(MS, api, drain, "0s", 0, 600000,
  "When stopping: serve on for so long while /readyz says no, so that a load balancer can look elsewhere.")
X(STR, api, signup, "on", 2, 20, "May people sign up by themselves? on, off, or invitation: only who is invited.")
X(STR, api, signup_domains, "", 0, 1000,
  "Only addresses of these domains (a, b, c) may sign up without an invitation; empty means all.")
X(BOOL, api, public_status, "off", 0, 1, "Show everybody how the service keeps its objectives and how right its model is?")
X(BOOL, api, verified_only, "off", 0, 1, "Must people confirm their e-mail before they may upload?")
X(STR, api, second_factor, "off", 2, 10,
  "Of whom is a second factor demanded (codes by time, or a passkey)? off, admins, all. Who has none may do nothing but set one up.")
X(INT, api, max_hashes, "2", 1, 64, "Password hashes computed at once; more wait.")
X(BYTES, api, hash_memory, "64M", 8388608, 1073741824, "Memory of one password hash (argon2id).")
X(INT, api, hash_passes, "2", 1, 20, "Passes of one password hash (argon2id).")
X(MS, api, session_idle, "2592000s", 60000, 31536000000, "A session unused for so long ends.")
X(MS, api, session_life, "7776000s", 60000, 31536000000, "A session ends after so long in any case.")
X(INT, api, max_queued_per_user, "500", 1, 1000000, "Jobs one user may have waiting; ten times as many when they hung on mails.")
X(INT, api, max_documents_per_user, "0", 0, 1000000000, "Documents one user may keep; 0 means no limit.")
X(BYTES, api, max_bytes_per_user, "0", 0, 1099511627776000, "Bytes of originals one user may keep; 0 means no limit.")
X(INT, api, requests_per_minute, "6000", 0, 100000000, "Requests of one user; 0 means no limit.")
X(INT, api, uploads_per_minute, "300", 0, 100000000, "Uploads of one user; 0 means no limit.")
X(INT, api, searches_per_minute, "1200", 0, 100000000, "Lists and searches of one user; 0 means no limit.")
X(INT, api, exports_per_minute, "10", 0, 100000000, "Exports of one user; 0 means no limit.")
X(INT, api, auth_per_minute, "30", 0, 100000000,
  "Log-ins of one network (of IPv6 a /64), signups, letters, and as many changes of one account; 0 means no limit.")
X(INT, api, guesses_per_minute, "10", 0, 100000000,
  "Wrong passwords and codes for one e-mail from one network; 0 means no limit.")
X(INT, api, proxies, "0", 0, 10,
  "Proxies of your own before the service: so many entries of X-Forwarded-For, from its end, are believed.")

/* accounts */
X(MS, api, idempotency_life, "604800s", 1000, 31536000000,
  "An Idempotency-Key is remembered so long; sent again later, it makes a new document.")
X(MS, account, grace, "604800s", 0, 31536000000,
  "Between asking to delete an account and its going for good: so long it can be taken back.")
X(MS, account, archive_life, "604800s", 1000, 31536000000,
  "An archive of a whole account is kept so long; it holds what its owner may delete meanwhile.")

/* letters, webhooks */
X(STR, mail, smtp, "", 0, 500, "smtp://HOST:PORT or smtps://HOST:PORT; empty means that no mail is sent.")
X(STR, mail, from, "", 0, 254, "The address that letters come from.")
X(STR, mail, user, "", 0, 254, "To log in with at the mail server; empty means without.")
X(STR, mail, password_file, "", 0, 4000, "A file with the password for that, and nothing else.")
X(BOOL, mail, tls, "on", 0, 1, "Send nothing over a line without TLS and a good certificate.")
X(BOOL, webhook, private, "off", 0, 1,
  "May webhooks use plain http and call addresses of this machine and its network?")
X(MS, errand, life, "2592000s", 1000, 31536000000,
  "What was sent or given up, letters and webhooks, is kept on record so long; until then a webhook may be sent again.")
X(INT, errand, max_attempts, "8", 1, 50, "Tries before a letter or a webhook is given up.")
X(MS, errand, backoff, "10s", 10, 3600000, "First pause before a new try; four times longer each time.")

/* observability */
X(STR, admin, listen, "127.0.0.1:9090", 0, 200,
  "HOST:PORT of /metrics, /healthz and /readyz; empty means none.")
X(STR, log, level, "info", 1, 10, "debug, info, warn or error.")
X(STR, trace, endpoint, "", 0, 500,
  "Where spans go by OTLP/HTTP, for example http://127.0.0.1:4318/v1/traces; empty means nowhere.")
X(INT, trace, sample, "10", 0, 100, "Percent of traces that are sent; failed and slow jobs always are.")
X(STR, trace, rules, "", 0, 2000,
  "Percent by part or class of users: \"POST /upload=100, GET /jobs/{id}=1, job=20, class:admin=100\".")
X(BOOL, trace, follow, "off", 0, 1,
  "Sample a request because its caller's traceparent says so: for callers of your own.")
X(MS, trace, slow, "10s", 1, 86400000, "A job slower than this is always traced.")

/* objectives: what docs/runbooks and the alerts measure against */
X(STR, slo, availability, "99.9", 1, 10, "Percent of API requests that must not fail for our reasons.")
X(STR, slo, result_time, "95", 1, 10, "Percent of results that must be there within slo-result-limit.")
X(MS, slo, result_limit, "10s", 1, 86400000, "From upload to result, in time.")
X(STR, slo, jobs_done, "99.5", 1, 10, "Percent of jobs that must not fail for our reasons.")

/* what machines cost, for docket cost and the cost of each job */
X(STR, cost, currency, "", 0, 3, "ISO 4217, for example EUR; empty means that no prices are known.")
X(STR, cost, cpu_hour, "0", 1, 20, "Price of a processor core for an hour.")
X(STR, cost, memory_gib_hour, "0", 1, 20, "Price of a GiB of memory for an hour.")
X(STR, cost, traffic_gib, "0", 1, 20, "Price of a GiB taken in or written.")

/* worker */
X(INT, worker, slots, "0", 0, 256, "Documents read at once; 0 means one a core.")
X(BOOL, worker, scaling, "on", 0, 1, "Use only as many of the slots as what comes in is worth.")
X(MS, worker, target_wait, "1s", 100, 3600000, "How long a job may wait before more slots are worth having.")
X(MS, worker, scale_in, "300s", 1000, 86400000, "A slot goes after it has not been worth having for so long.")
X(MS, worker, lease, "30s", 200, 3600000, "A job whose worker is silent for so long goes back to the queue.")
X(MS, worker, job_deadline, "600s", 1000, 86400000,
  "A job that takes longer is stopped, however lively its worker.")
X(INT, worker, max_attempts, "3", 1, 20, "Tries before a job that fails for our reasons is given up.")
X(INT, worker, max_crashes, "2", 1, 20, "Parsers one document may bring down.")
X(MS, worker, backoff, "2s", 10, 3600000, "First pause before a new try; doubles, with full jitter.")
X(MS, worker, trash, "2592000s", 60000, 31536000000,
  "Documents stay in the trash so long, then they go for good.")
X(MS, worker, stop_grace, "20s", 0, 600000,
  "Time given to running jobs when stopping; then they are released.")

/* parsers */
X(INT, parser, warm, "1", 0, 64, "Parsers kept ready, their models loaded.")
X(BYTES, parser, memory, "1G", 134217728, 17179869184,
  "Address space of a parser, on top of its models, however many pages it reads at once.")
X(INT, parser, threads, "0", 0, 16,
  "Pages of one document read at once, while no other document is read; 0 means one a core, at most 4. Never more than one for each 128 MiB of parser.memory.")
X(INT, parser, max_pages, "100", 1, 10000, "Pages of one document.")
X(INT, parser, max_megapixels, "60", 1, 1000, "Pixels of one page, in millions.")
X(BYTES, parser, max_unpacked, "1G", 1048576, 68719476736,
  "Most that a document may unpack to: the pixels of a page; all its parts, text and attachments together.")
X(INT, parser, max_entries, "1000", 1, 100000, "Parts of one archive (DOCX, ODT) or mail.")
X(INT, parser, max_ratio, "200", 10, 100000, "Unpacked bytes of an archive's part for each packed one.")
X(INT, parser, max_nesting, "200", 10, 10000, "Elements inside elements, of HTML, DOCX and ODT.")
X(INT, parser, max_attachments, "50", 0, 1000, "Attachments of one mail that become documents of their own.")
X(INT, parser, max_mail_depth, "2", 0, 10, "Mails attached to mails: so deep their attachments become documents.")
X(MS, parser, page_time, "60s", 1000, 3600000,
  "Time of processors for one page; up to four times as long by the clock while others use them.")
X(STR, parser, languages, "eng+rus", 2, 100, "Languages of the text, as Tesseract names them.")
X(BOOL, parser, read_without_sandbox, "off", 0, 1,
  "Read documents even where the kernel offers no sandbox: a hostile file may then do what Docket may.")

/* the reading of pictures */
X(STR, ocr, engine, "docket", 1, 20, "docket: our own, or tesseract.")

/* ml-inference */
X(STR, inference, listen, "", 0, 500, "unix:PATH or tcp:HOST:PORT; empty means a socket in the data folder.")
X(STR, inference, key_file, "", 0, 1000,
  "File with the key (64 hexadecimal digits) that seals what workers and inference say to each other, the same on all; "
  "empty: plain, on one machine only.")
X(STR, inference, at, "", 0, 2000,
  "Where a worker asks: addresses like inference-listen, with commas between; empty means inference-listen.")
X(STR, inference, models, "", 0, 4000, "Folder of models; empty means the one installed with the program.")
X(STR, inference, model, "", 0, 100, "Name@version of the model that answers; empty means the newest.")
X(STR, inference, shadow, "", 0, 100, "Name@version of a model that reads along and is compared, unheard; empty means none.")
X(MS, inference, timeout, "10s", 100, 600000, "Time for one answer.")
