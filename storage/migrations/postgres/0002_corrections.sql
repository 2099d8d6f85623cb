-- What people say against the machine: never changed but for its end. `after` NULL: it is not there.
CREATE TABLE correction (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users DEFERRABLE,
	document_id uuid NOT NULL REFERENCES document DEFERRABLE,
	job_id uuid NOT NULL,
	path text NOT NULL,
	before text,
	after text,
	region text,
	made_ms bigint NOT NULL,
	undone_ms bigint,
	fact smallint NOT NULL DEFAULT 0, -- enum list_fact
	fact_value text,
	fact_currency text
);
CREATE UNIQUE INDEX correction_in_force ON correction (document_id, path) WHERE undone_ms IS NULL;
CREATE INDEX correction_of_user ON correction (user_id, made_ms) WHERE undone_ms IS NULL;

CREATE TABLE correction_version (
	user_id uuid PRIMARY KEY,
	version bigint NOT NULL
);

CREATE INDEX result_of_document ON result (document_id);
