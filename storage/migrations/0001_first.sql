CREATE TABLE user (
	id BLOB PRIMARY KEY NOT NULL,
	email TEXT NOT NULL,
	email_folded TEXT NOT NULL UNIQUE,
	password_hash TEXT NOT NULL,
	locale TEXT NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
	token_hash BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	created_ms INTEGER NOT NULL,
	used_ms INTEGER NOT NULL,
	idle_ms INTEGER NOT NULL,
	ends_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_user ON session (user_id);

-- What names a blob says so without REFERENCES: a blob goes with its document, and the check would need an
-- index on random keys in every table that names one.
CREATE TABLE blob (
	key TEXT PRIMARY KEY NOT NULL,
	size INTEGER NOT NULL,
	sha256 BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
	id BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id),
	job_id BLOB NOT NULL,
	blob_key TEXT NOT NULL,
	file_name TEXT,
	media_type TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	pages INTEGER NOT NULL DEFAULT 0,
	doc_type TEXT, merchant TEXT, date TEXT, total TEXT, currency TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX document_of_user ON document (user_id, id);

-- What a person sees of a job; kept.
CREATE TABLE job (
	id BLOB PRIMARY KEY NOT NULL,
	document_id BLOB NOT NULL REFERENCES document (id),
	user_id BLOB NOT NULL REFERENCES user (id),
	state INTEGER NOT NULL,
	stage INTEGER NOT NULL,
	pages_done INTEGER NOT NULL DEFAULT 0,
	pages_total INTEGER NOT NULL DEFAULT 0,
	attempt INTEGER NOT NULL DEFAULT 0,
	created_ms INTEGER NOT NULL,
	started_ms INTEGER NOT NULL DEFAULT 0,
	finished_ms INTEGER NOT NULL DEFAULT 0,
	error TEXT,
	error_detail TEXT,
	lease INTEGER NOT NULL DEFAULT 0,
	version INTEGER NOT NULL DEFAULT 1,
	request_id TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX job_of_user ON job (user_id, id);

-- Unfinished work only: small and hot. The row goes when the job ends.
CREATE TABLE job_q (
	job_id BLOB PRIMARY KEY NOT NULL REFERENCES job (id),
	user_id BLOB NOT NULL,
	run_ms INTEGER NOT NULL,
	worker BLOB,
	lease INTEGER NOT NULL DEFAULT 0,
	lease_until_ms INTEGER NOT NULL DEFAULT 0,
	deadline_ms INTEGER NOT NULL DEFAULT 0,
	attempt INTEGER NOT NULL DEFAULT 0,
	crashes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX job_q_ready ON job_q (run_ms, job_id) WHERE worker IS NULL;
CREATE INDEX job_q_owned ON job_q (worker) WHERE worker IS NOT NULL;
CREATE INDEX job_q_of_user ON job_q (user_id);

CREATE TABLE attempt (
	job_id BLOB NOT NULL REFERENCES job (id),
	lease INTEGER NOT NULL,
	worker BLOB NOT NULL,
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER,
	outcome TEXT,
	PRIMARY KEY (job_id, lease)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
	user_id BLOB NOT NULL,
	key TEXT NOT NULL,
	body_sha256 BLOB NOT NULL,
	job_id BLOB NOT NULL,
	created_ms INTEGER NOT NULL,
	PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE result (
	job_id BLOB PRIMARY KEY NOT NULL REFERENCES job (id),
	document_id BLOB NOT NULL,
	user_id BLOB NOT NULL,
	json TEXT NOT NULL,
	parsed_key TEXT,
	created_ms INTEGER NOT NULL,
	version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE page (
	document_id BLOB NOT NULL REFERENCES document (id),
	number INTEGER NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	picture_key TEXT NOT NULL,
	thumbnail_key TEXT,
	PRIMARY KEY (document_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
	n INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	user_id BLOB,
	action TEXT NOT NULL,
	object TEXT,
	request_id TEXT
) STRICT;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE VIRTUAL TABLE search USING fts5 (document_id UNINDEXED, user_id UNINDEXED, merchant, text,
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
