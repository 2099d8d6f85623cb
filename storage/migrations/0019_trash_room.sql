-- How much of a person's room is in the trash, and so comes free: counted here as documents move, and never by a walk over
-- all that they have.
ALTER TABLE usage ADD COLUMN trashed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN trashed_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE usage SET (trashed, trashed_bytes) = (SELECT count(*), coalesce(sum(blob.size), 0) FROM document
	JOIN blob ON blob.key = document.blob_key WHERE document.user_id = usage.user_id AND trashed_ms IS NOT NULL);
CREATE TRIGGER trash_changes AFTER UPDATE OF trashed_ms ON document
		WHEN (OLD.trashed_ms IS NULL) <> (NEW.trashed_ms IS NULL) BEGIN
	UPDATE usage SET trashed = trashed + (NEW.trashed_ms IS NOT NULL) - (OLD.trashed_ms IS NOT NULL),
		trashed_bytes = trashed_bytes + ((NEW.trashed_ms IS NOT NULL) - (OLD.trashed_ms IS NOT NULL)) *
			(SELECT size FROM blob WHERE key = NEW.blob_key)
		WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER trash_shrinks BEFORE DELETE ON document WHEN OLD.trashed_ms IS NOT NULL BEGIN
	UPDATE usage SET trashed = trashed - 1,
		trashed_bytes = trashed_bytes - (SELECT size FROM blob WHERE key = OLD.blob_key)
		WHERE user_id = OLD.user_id;
END;
