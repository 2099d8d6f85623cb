CREATE TABLE errand (
	id BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	subject_id BLOB,
	kind INTEGER NOT NULL,
	state INTEGER NOT NULL DEFAULT 0,
	attempt INTEGER NOT NULL DEFAULT 0,
	created_ms INTEGER NOT NULL,
	due_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL DEFAULT 0,
	body TEXT,
	detail TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX errand_due ON errand (due_ms) WHERE state = 0;
CREATE INDEX errand_of_subject ON errand (subject_id, id) WHERE subject_id IS NOT NULL;
CREATE INDEX errand_of_user ON errand (user_id);

CREATE TABLE webhook (
	id BLOB PRIMARY KEY NOT NULL,
	user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	url TEXT NOT NULL,
	secret TEXT NOT NULL,
	events INTEGER NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_of_user ON webhook (user_id, id);

CREATE TABLE account_export (
	user_id BLOB PRIMARY KEY NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	state INTEGER NOT NULL,
	created_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL DEFAULT 0,
	blob_key TEXT REFERENCES blob (key)
) STRICT, WITHOUT ROWID;
