ALTER TABLE user ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN verified_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN delete_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN totp_secret BLOB;
ALTER TABLE user ADD COLUMN totp_on INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
CREATE INDEX user_to_go ON user (delete_ms) WHERE delete_ms > 0;

-- Sessions of before have no id by which their owner could end them: they end now.
DROP TABLE session;
CREATE TABLE session (
	token_hash BLOB PRIMARY KEY NOT NULL,
	id BLOB NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	created_ms INTEGER NOT NULL,
	used_ms INTEGER NOT NULL,
	idle_ms INTEGER NOT NULL,
	ends_ms INTEGER NOT NULL,
	device TEXT,
	address TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_user ON session (user_id, id);

CREATE TABLE access_key (
	id BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	kind INTEGER NOT NULL,
	key_hash BLOB NOT NULL UNIQUE,
	name TEXT,
	data TEXT,
	scopes INTEGER NOT NULL,
	created_ms INTEGER NOT NULL,
	used_ms INTEGER NOT NULL DEFAULT 0,
	ends_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_key_of_user ON access_key (user_id, kind, id);

-- Kept by triggers, so that whoever adds or deletes documents need not think of it.
CREATE TABLE usage (
	user_id BLOB PRIMARY KEY NOT NULL,
	documents INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO usage SELECT user_id, count(*), sum(blob.size) FROM document
	JOIN blob ON blob.key = document.blob_key GROUP BY user_id;
CREATE TRIGGER usage_grows AFTER INSERT ON document BEGIN
	INSERT INTO usage VALUES (NEW.user_id, 1, (SELECT size FROM blob WHERE key = NEW.blob_key))
		ON CONFLICT (user_id) DO UPDATE SET documents = documents + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER usage_shrinks BEFORE DELETE ON document BEGIN
	UPDATE usage SET documents = documents - 1,
		bytes = bytes - coalesce((SELECT size FROM blob WHERE key = OLD.blob_key), 0)
		WHERE user_id = OLD.user_id;
END;
