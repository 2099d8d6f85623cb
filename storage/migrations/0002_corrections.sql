-- What people say against the machine: never changed but for its end. `after` NULL: it is not there.
CREATE TABLE correction (
	id BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id),
	document_id BLOB NOT NULL REFERENCES document (id),
	job_id BLOB NOT NULL,
	path TEXT NOT NULL,
	before TEXT,
	after TEXT,
	region TEXT,
	made_ms INTEGER NOT NULL,
	undone_ms INTEGER,
	fact INTEGER NOT NULL DEFAULT 0, -- enum list_fact
	fact_value TEXT,
	fact_currency TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX correction_in_force ON correction (document_id, path) WHERE undone_ms IS NULL;
CREATE INDEX correction_of_user ON correction (user_id, made_ms) WHERE undone_ms IS NULL;

CREATE TABLE correction_version (
	user_id BLOB PRIMARY KEY NOT NULL,
	version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX result_of_document ON result (document_id);
