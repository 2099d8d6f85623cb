-- No statement of the queue may walk over the rows of jobs that are done: where an old snapshot is held open, vacuum cannot
-- take them away. So each looks at one end of an index that the dead do not reach (see pg_queue.h).
DROP INDEX job_q_ready, job_q_owned, job_q_of_user;

-- A job that waits for a moment stands aside until then, out of the order.
ALTER TABLE job_q ADD COLUMN aside boolean NOT NULL DEFAULT false;
UPDATE job_q SET aside = worker IS NULL AND run_ms > docket_ms(),
	lease_until_ms = CASE WHEN worker IS NULL THEN 0 ELSE LEAST(lease_until_ms, deadline_ms) END;
CREATE INDEX job_q_aside ON job_q (run_ms) WHERE aside;

CREATE INDEX job_q_ready ON job_q (vtime, seq) WHERE worker IS NULL AND NOT aside;
CREATE INDEX job_q_of_user ON job_q (user_id, vtime) WHERE worker IS NULL;

-- Held ones by when their lease ends. It must not serve those who settle: they know their jobs' ids, and by this they
-- would look at all that are held.
CREATE INDEX job_q_held ON job_q (lease_until_ms) WHERE lease_until_ms > 0;
