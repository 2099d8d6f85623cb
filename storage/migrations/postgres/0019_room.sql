-- What of a person's room is taken, for who is about to take more of it: others of theirs wait until the end of the
-- transaction. Volatile, so that it counts what was there when the wait was over, not when the statement began.
CREATE FUNCTION room_taken(owner uuid, OUT documents bigint, OUT bytes bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM 1 FROM users WHERE id = owner FOR NO KEY UPDATE;
	SELECT count(*), coalesce(sum(size), 0)::bigint INTO documents, bytes FROM document
		JOIN blob ON blob.key = blob_key WHERE user_id = owner;
END $$;
