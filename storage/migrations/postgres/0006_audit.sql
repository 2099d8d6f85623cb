ALTER TABLE audit
	ADD COLUMN detail text,
	ADD COLUMN address text,
	ADD COLUMN hash bytea;
CREATE INDEX audit_of_user ON audit (user_id, n);
