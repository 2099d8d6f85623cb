CREATE TABLE passkey (
	id BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	credential TEXT NOT NULL UNIQUE,
	algorithm INTEGER NOT NULL,
	public_key TEXT NOT NULL,
	sign_count INTEGER NOT NULL,
	name TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	used_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_of_user ON passkey (user_id, id);

CREATE TABLE passkey_challenge (
	challenge_hash BLOB PRIMARY KEY NOT NULL,
	user_id BLOB REFERENCES user (id) ON DELETE CASCADE,
	ends_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_challenge_end ON passkey_challenge (ends_ms);
CREATE INDEX passkey_challenge_of_user ON passkey_challenge (user_id);
