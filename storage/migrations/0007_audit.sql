-- From here on each entry carries what it was about, from where, and the hash that ties it to those before.
ALTER TABLE audit ADD COLUMN detail TEXT;
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN hash BLOB;
CREATE INDEX audit_of_user ON audit (user_id, n);
