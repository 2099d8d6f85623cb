-- The clock of the database, the only one that leases go by.
CREATE FUNCTION docket_ms() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE AS
	$$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

CREATE TABLE users (
	id uuid PRIMARY KEY,
	email text NOT NULL,
	email_folded text NOT NULL UNIQUE,
	password_hash text NOT NULL,
	locale text NOT NULL,
	created_ms bigint NOT NULL
);

CREATE TABLE session (
	token_hash bytea PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE,
	created_ms bigint NOT NULL,
	used_ms bigint NOT NULL,
	idle_ms bigint NOT NULL,
	ends_ms bigint NOT NULL
);
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE blob (
	key text PRIMARY KEY,
	size bigint NOT NULL,
	sha256 bytea NOT NULL
);

CREATE TABLE document (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users DEFERRABLE,
	job_id uuid NOT NULL,
	blob_key text NOT NULL,
	file_name text,
	media_type text NOT NULL,
	created_ms bigint NOT NULL,
	pages integer NOT NULL DEFAULT 0,
	doc_type text, merchant text, date text, total text, currency text
) WITH (fillfactor = 85);
CREATE INDEX document_of_user ON document (user_id, id);

-- What a person sees of a job; kept. Room is left on its pages, as each row is changed a few times.
CREATE TABLE job (
	id uuid PRIMARY KEY,
	document_id uuid NOT NULL REFERENCES document DEFERRABLE,
	user_id uuid NOT NULL,
	state smallint NOT NULL,
	stage smallint NOT NULL,
	pages_done integer NOT NULL DEFAULT 0,
	pages_total integer NOT NULL DEFAULT 0,
	attempt integer NOT NULL DEFAULT 0,
	created_ms bigint NOT NULL,
	started_ms bigint NOT NULL DEFAULT 0,
	finished_ms bigint NOT NULL DEFAULT 0,
	error text,
	error_detail text,
	lease bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	request_id text
) WITH (fillfactor = 70);
CREATE INDEX job_of_user ON job (user_id, id);

-- Unfinished work only: small and hot. The row goes when the job ends. It has no foreign keys: it is
-- written with its job, in the same statement, and checking that once more costs a third of the rate.
CREATE TABLE job_q (
	job_id uuid PRIMARY KEY,
	seq bigint GENERATED ALWAYS AS IDENTITY,
	lane smallint NOT NULL DEFAULT 0,
	user_id uuid NOT NULL,
	vtime bigint NOT NULL,
	run_ms bigint NOT NULL,
	worker uuid,
	lease bigint NOT NULL DEFAULT 0,
	lease_until_ms bigint NOT NULL DEFAULT 0,
	deadline_ms bigint NOT NULL DEFAULT 0,
	attempt integer NOT NULL DEFAULT 0,
	crashes integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX job_q_ready ON job_q (lane, vtime, seq) WHERE worker IS NULL;
CREATE INDEX job_q_owned ON job_q (worker) WHERE worker IS NOT NULL;
CREATE INDEX job_q_of_user ON job_q (user_id, vtime);

-- Where the queue's virtual time stands: the vtime of the job claimed last. A sequence, since it is
-- written at each claim and must leave no dead rows behind.
CREATE SEQUENCE queue_time MINVALUE 0 START 0;

CREATE TABLE attempt (
	job_id uuid NOT NULL,
	lease bigint NOT NULL,
	worker uuid NOT NULL,
	started_ms bigint NOT NULL,
	ended_ms bigint,
	outcome text,
	PRIMARY KEY (job_id, lease)
) WITH (fillfactor = 80);

CREATE TABLE idempotency (
	user_id uuid NOT NULL,
	key text NOT NULL,
	body_sha256 bytea NOT NULL,
	job_id uuid NOT NULL,
	created_ms bigint NOT NULL,
	PRIMARY KEY (user_id, key)
);

CREATE TABLE result (
	job_id uuid PRIMARY KEY,
	document_id uuid NOT NULL,
	user_id uuid NOT NULL,
	json text NOT NULL,
	parsed_key text,
	created_ms bigint NOT NULL,
	version bigint NOT NULL
);

CREATE TABLE page (
	document_id uuid NOT NULL REFERENCES document DEFERRABLE,
	number integer NOT NULL,
	width integer NOT NULL,
	height integer NOT NULL,
	picture_key text NOT NULL,
	thumbnail_key text,
	PRIMARY KEY (document_id, number)
);

CREATE TABLE audit (
	n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at_ms bigint NOT NULL,
	user_id uuid,
	action text NOT NULL,
	object text,
	request_id text
);
CREATE FUNCTION audit_keeps() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$;
CREATE TRIGGER audit_keeps BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_keeps();

CREATE TABLE search (
	document_id uuid PRIMARY KEY REFERENCES document DEFERRABLE,
	user_id uuid NOT NULL,
	merchant text,
	text text,
	words tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(merchant, '') || ' ' || coalesce(text, ''))) STORED
);
CREATE INDEX search_words ON search USING gin (words);
