-- What was sent or given up goes in time.
CREATE INDEX errand_ended ON errand (ended_ms) WHERE state <> 0;
