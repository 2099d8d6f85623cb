-- Whose account an invitation made: it is kept until its time is over, so that who invites sees what became of it.
ALTER TABLE access_key ADD COLUMN used_by BLOB REFERENCES user (id) ON DELETE CASCADE;
CREATE INDEX access_key_used_by ON access_key (used_by) WHERE used_by IS NOT NULL;
CREATE INDEX access_key_invitation ON access_key (id) WHERE kind = 4;
