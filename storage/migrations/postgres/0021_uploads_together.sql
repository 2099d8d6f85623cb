-- Uploads that come at the same time are put in by one statement. What it brings is summed up once for each person, at its
-- end. (Nodes of the version before the sums, while a cluster is renewed, put documents in without their size.)
DROP TRIGGER room_changes ON document;
CREATE CONSTRAINT TRIGGER room_changes AFTER DELETE ON document
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION room_changes();
CREATE FUNCTION room_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM came WHERE size = 0) THEN
		UPDATE document SET size = blob.size FROM came JOIN blob ON blob.key = came.blob_key
			WHERE came.size = 0 AND document.id = came.id;
	END IF;
	INSERT INTO room AS r
		SELECT user_id, pg_backend_pid() % 8, count(*), sum(room), count(trashed_ms),
			coalesce(sum(room) FILTER (WHERE trashed_ms IS NOT NULL), 0)
		FROM (SELECT user_id, trashed_ms, CASE WHEN size <> 0 THEN size
			ELSE coalesce((SELECT blob.size FROM blob WHERE key = blob_key), 0) END AS room FROM came) c
		GROUP BY user_id ORDER BY user_id
		ON CONFLICT (user_id, stripe) DO UPDATE SET documents = r.documents + excluded.documents,
		bytes = r.bytes + excluded.bytes, trashed = r.trashed + excluded.trashed,
		trashed_bytes = r.trashed_bytes + excluded.trashed_bytes;
	RETURN NULL;
END $$;
CREATE TRIGGER room_grows AFTER INSERT ON document REFERENCING NEW TABLE AS came
	FOR EACH STATEMENT EXECUTE FUNCTION room_grows();

-- Holds the rows of who is about to bring something, and tells what of theirs waits and how much room they have taken, as it
-- is then: volatile, so that it sees what came while it waited. Where it shall not wait, who is held by somebody else is
-- left out.
CREATE FUNCTION room_held(owners uuid[], wait boolean, limited boolean, at_most bigint, since bigint)
RETURNS TABLE (owner uuid, waiting bigint, last bigint, documents bigint, bytes bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF wait THEN
		PERFORM 1 FROM users WHERE id = ANY (owners) ORDER BY id FOR NO KEY UPDATE;
	ELSE
		SELECT array_agg(id) INTO owners FROM
			(SELECT id FROM users WHERE id = ANY (owners) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) h;
	END IF;
	RETURN QUERY SELECT o.id, w.n, w.last, r.documents, r.bytes FROM unnest(owners) AS o (id),
		LATERAL (SELECT count(*) AS n, max(vtime) FILTER (WHERE lane = 0) AS last FROM
			(SELECT vtime, lane FROM job_q WHERE user_id = o.id AND worker IS NULL AND vtime >= since
			ORDER BY vtime DESC LIMIT at_most) q) w,
		LATERAL (SELECT sum(k.documents)::bigint AS documents, sum(k.bytes)::bigint AS bytes FROM room k
			WHERE limited AND user_id = o.id) r;
END $$;

-- What nodes of the versions before call, while a cluster is renewed; the other room_taken() stays for the same reason.
CREATE FUNCTION room_taken(owner uuid, OUT documents bigint, OUT bytes bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM 1 FROM users WHERE id = owner FOR NO KEY UPDATE;
	SELECT coalesce(sum(r.documents), 0)::bigint, coalesce(sum(r.bytes), 0)::bigint INTO documents, bytes
		FROM room r WHERE user_id = owner;
END $$;
