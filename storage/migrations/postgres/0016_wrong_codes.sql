-- Codes of the second factor that were wrong: how many are remembered, and when the last was.
ALTER TABLE users
	ADD COLUMN totp_wrong integer NOT NULL DEFAULT 0,
	ADD COLUMN totp_wrong_ms bigint NOT NULL DEFAULT 0;
