-- What an attempt has cost; nothing is known of those that were lost.
ALTER TABLE attempt ADD COLUMN cpu_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN memory_kib_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN bytes_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN bytes_out INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attempt_started ON attempt (started_ms);
