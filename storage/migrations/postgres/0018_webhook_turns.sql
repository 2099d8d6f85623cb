-- Webhooks go out fairly: of one owner one at a time, who was called for least lately goes first, and an address that did not
-- answer rests.
ALTER TABLE webhook
	ADD COLUMN called_ms bigint NOT NULL DEFAULT 0,
	ADD COLUMN failures integer NOT NULL DEFAULT 0,
	ADD COLUMN rest_until_ms bigint NOT NULL DEFAULT 0;
CREATE TABLE webhook_turn (
	user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE DEFERRABLE,
	called_ms bigint NOT NULL DEFAULT 0,
	held_until_ms bigint NOT NULL DEFAULT 0
);
INSERT INTO webhook_turn (user_id) SELECT DISTINCT user_id FROM webhook;
DROP INDEX errand_due;
CREATE INDEX errand_due ON errand (kind, due_ms) WHERE state = 0;
CREATE INDEX errand_waiting ON errand (user_id, subject_id, due_ms) WHERE state = 0 AND kind = 1;
