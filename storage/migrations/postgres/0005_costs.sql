-- What an attempt has cost; nothing is known of those that were lost.
ALTER TABLE attempt
	ADD COLUMN cpu_ms bigint NOT NULL DEFAULT 0,
	ADD COLUMN memory_kib_s bigint NOT NULL DEFAULT 0,
	ADD COLUMN bytes_in bigint NOT NULL DEFAULT 0,
	ADD COLUMN bytes_out bigint NOT NULL DEFAULT 0;
CREATE INDEX attempt_started ON attempt (started_ms);
