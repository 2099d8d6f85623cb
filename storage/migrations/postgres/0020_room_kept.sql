-- How much a person keeps, and how much of that is in the trash: sums that are kept, as a count of all that somebody has
-- costs the more the more it is. Each person's stand in several rows, by the process that writes, so that what they do at
-- the same moment rarely waits; and they change last of all in a transaction, so that nothing else waits behind them and
-- no two wait for each other.
ALTER TABLE document ADD COLUMN size bigint;
UPDATE document SET size = coalesce((SELECT size FROM blob WHERE key = blob_key), 0);
-- Nodes of the version before, while a cluster is renewed, put documents in without it.
ALTER TABLE document ALTER COLUMN size SET DEFAULT 0, ALTER COLUMN size SET NOT NULL;

CREATE TABLE room (
	user_id uuid NOT NULL,
	stripe smallint NOT NULL,
	documents bigint NOT NULL,
	bytes bigint NOT NULL,
	trashed bigint NOT NULL,
	trashed_bytes bigint NOT NULL,
	PRIMARY KEY (user_id, stripe)
) WITH (fillfactor = 50);
INSERT INTO room SELECT user_id, 0, count(*), sum(size), count(trashed_ms),
	coalesce(sum(size) FILTER (WHERE trashed_ms IS NOT NULL), 0) FROM document GROUP BY user_id;

CREATE FUNCTION room_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	d document%ROWTYPE;
	n int := (TG_OP <> 'DELETE')::int - (TG_OP <> 'INSERT')::int;
	t int := 0;
BEGIN
	IF TG_OP <> 'INSERT' THEN
		d := OLD;
		t := t - (OLD.trashed_ms IS NOT NULL)::int;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		d := NEW;
		t := t + (NEW.trashed_ms IS NOT NULL)::int;
	END IF;
	-- Of who is erased in this transaction nothing stays.
	IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM users WHERE id = d.user_id) THEN
		RETURN NULL;
	END IF;
	INSERT INTO room AS r VALUES (d.user_id, pg_backend_pid() % 8, n, n * d.size, t, t * d.size)
		ON CONFLICT (user_id, stripe) DO UPDATE SET documents = r.documents + excluded.documents,
		bytes = r.bytes + excluded.bytes, trashed = r.trashed + excluded.trashed,
		trashed_bytes = r.trashed_bytes + excluded.trashed_bytes;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER room_changes AFTER INSERT OR DELETE ON document
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION room_changes();
CREATE CONSTRAINT TRIGGER room_of_trash AFTER UPDATE OF trashed_ms ON document
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	WHEN ((OLD.trashed_ms IS NULL) <> (NEW.trashed_ms IS NULL)) EXECUTE FUNCTION room_changes();

-- What of a person's room is taken, and how many of theirs wait, for who is about to bring more; volatile, so that it counts
-- what is there when the wait is over, not what was when the statement began. While there is much room in the queue, uploads
-- go side by side and share the row: so many may have counted the same as there are connections. Otherwise, and where
-- documents and bytes have a limit (`alone`), one goes after another. `waiting` -1: there was much room, and is not any
-- more; ask again, alone.
DROP FUNCTION room_taken;
CREATE FUNCTION room_taken(owner uuid, alone boolean, seen bigint, at_most bigint, since bigint,
	OUT waiting bigint, OUT documents bigint, OUT bytes bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	near bigint := at_most - current_setting('max_connections')::bigint;
BEGIN
	IF alone OR seen >= near THEN
		PERFORM 1 FROM users WHERE id = owner FOR NO KEY UPDATE;
		near := NULL;
	ELSE
		PERFORM 1 FROM users WHERE id = owner FOR SHARE;
	END IF;
	SELECT count(*) INTO waiting FROM
		(SELECT FROM job_q WHERE user_id = owner AND worker IS NULL AND vtime >= since LIMIT at_most) w;
	IF waiting >= near THEN
		waiting := -1;
	END IF;
	IF alone THEN
		SELECT sum(r.documents), sum(r.bytes) INTO documents, bytes FROM room r WHERE user_id = owner;
	END IF;
END $$;
