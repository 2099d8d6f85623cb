-- How many documents of a person wait or are being read: asked at every upload, where counting rows would cost the
-- more the more of them there are.
ALTER TABLE usage ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
UPDATE usage SET waiting = (SELECT count(*) FROM job_q WHERE job_q.user_id = usage.user_id);
DROP TRIGGER usage_grows;
CREATE TRIGGER usage_grows AFTER INSERT ON document BEGIN
	INSERT INTO usage (user_id, documents, bytes)
		VALUES (NEW.user_id, 1, (SELECT size FROM blob WHERE key = NEW.blob_key))
		ON CONFLICT (user_id) DO UPDATE SET documents = documents + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER waiting_grows AFTER INSERT ON job_q BEGIN
	UPDATE usage SET waiting = waiting + 1 WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER waiting_shrinks AFTER DELETE ON job_q BEGIN
	UPDATE usage SET waiting = waiting - 1 WHERE user_id = OLD.user_id;
END;
DROP INDEX job_q_of_user;
