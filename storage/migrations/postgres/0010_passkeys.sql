CREATE TABLE passkey (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE,
	credential text NOT NULL UNIQUE,
	algorithm integer NOT NULL,
	public_key text NOT NULL,
	sign_count bigint NOT NULL,
	name text NOT NULL,
	created_ms bigint NOT NULL,
	used_ms bigint NOT NULL DEFAULT 0
);
CREATE INDEX passkey_of_user ON passkey (user_id, id);

CREATE TABLE passkey_challenge (
	challenge_hash bytea PRIMARY KEY,
	user_id uuid REFERENCES users ON DELETE CASCADE DEFERRABLE,
	ends_ms bigint NOT NULL
);
CREATE INDEX passkey_challenge_end ON passkey_challenge (ends_ms);
CREATE INDEX passkey_challenge_of_user ON passkey_challenge (user_id);
