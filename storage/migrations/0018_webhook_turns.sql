-- Webhooks go out fairly: of one owner one at a time, who was called for least lately goes first, and an address that did not
-- answer rests.
ALTER TABLE webhook ADD COLUMN called_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN rest_until_ms INTEGER NOT NULL DEFAULT 0;
CREATE TABLE webhook_turn (
	user_id BLOB PRIMARY KEY NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	called_ms INTEGER NOT NULL DEFAULT 0,
	held_until_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO webhook_turn (user_id) SELECT DISTINCT user_id FROM webhook;
DROP INDEX errand_due;
CREATE INDEX errand_due ON errand (kind, due_ms) WHERE state = 0;
CREATE INDEX errand_waiting ON errand (user_id, subject_id, due_ms) WHERE state = 0 AND kind = 1;
