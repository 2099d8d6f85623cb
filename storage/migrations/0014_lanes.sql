-- What people wait for goes before what is read again (1).
ALTER TABLE job_q ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;
DROP INDEX job_q_ready;
CREATE INDEX job_q_ready ON job_q (lane, run_ms, job_id) WHERE worker IS NULL;
