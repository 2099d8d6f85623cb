-- Codes of the second factor that were wrong: how many are remembered, and when the last was.
ALTER TABLE user ADD COLUMN totp_wrong INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN totp_wrong_ms INTEGER NOT NULL DEFAULT 0;
