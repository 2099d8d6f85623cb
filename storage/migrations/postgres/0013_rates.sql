-- Token buckets that nodes share. Nothing of record: without a log, gone (and so full) after a crash or on a new primary.
CREATE UNLOGGED TABLE rate_bucket (
	key_hash bytea PRIMARY KEY,
	tokens double precision NOT NULL,
	refilled_ms bigint NOT NULL
) WITH (fillfactor = 50);

-- What was spent on credit is taken in any case, what is wanted as far as it is there. Thousandths are left over.
CREATE FUNCTION draw_rates(keys text[], sizes bigint[], spent bigint[], wanted bigint[],
	OUT granted bigint, OUT left_over bigint)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	now_ms bigint := docket_ms();
	there double precision;
BEGIN
	FOR i IN 1 .. cardinality(keys) LOOP
		INSERT INTO rate_bucket AS b VALUES (decode(keys[i], 'hex'), sizes[i], now_ms)
		ON CONFLICT (key_hash) DO UPDATE SET
			tokens = least(sizes[i], b.tokens + greatest(0, now_ms - b.refilled_ms) * sizes[i] / 60000.0),
			refilled_ms = greatest(b.refilled_ms, now_ms)
		RETURNING b.tokens INTO there;
		there := there - spent[i];
		granted := greatest(0, least(wanted[i], floor(there)));
		there := there - granted;
		IF spent[i] > 0 OR granted > 0 THEN
			UPDATE rate_bucket SET tokens = there WHERE key_hash = decode(keys[i], 'hex');
		END IF;
		left_over := floor(there * 1000);
		RETURN NEXT;
	END LOOP;
END $$;
