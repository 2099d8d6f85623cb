ALTER TABLE users
	ADD COLUMN role smallint NOT NULL DEFAULT 0,
	ADD COLUMN disabled smallint NOT NULL DEFAULT 0,
	ADD COLUMN verified_ms bigint NOT NULL DEFAULT 0,
	ADD COLUMN delete_ms bigint NOT NULL DEFAULT 0,
	ADD COLUMN totp_secret bytea,
	ADD COLUMN totp_on smallint NOT NULL DEFAULT 0,
	ADD COLUMN totp_step bigint NOT NULL DEFAULT 0;
CREATE INDEX user_to_go ON users (delete_ms) WHERE delete_ms > 0;

DROP TABLE session;
CREATE TABLE session (
	token_hash bytea PRIMARY KEY,
	id uuid NOT NULL,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE,
	created_ms bigint NOT NULL,
	used_ms bigint NOT NULL,
	idle_ms bigint NOT NULL,
	ends_ms bigint NOT NULL,
	device text,
	address text
);
CREATE INDEX session_of_user ON session (user_id, id);

CREATE TABLE access_key (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE,
	kind smallint NOT NULL,
	key_hash bytea NOT NULL UNIQUE,
	name text,
	data text,
	scopes bigint NOT NULL,
	created_ms bigint NOT NULL,
	used_ms bigint NOT NULL DEFAULT 0,
	ends_ms bigint NOT NULL
);
CREATE INDEX access_key_of_user ON access_key (user_id, kind, id);
