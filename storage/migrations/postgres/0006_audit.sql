ALTER TABLE audit
	ADD COLUMN detail text,
	ADD COLUMN address text,
	ADD COLUMN hash bytea;
CREATE INDEX audit_of_user ON audit (user_id, n);

-- What ties entries together: where each stands in the chain, and its hash with all before it.
CREATE TABLE audit_chain (
	place bigint PRIMARY KEY,
	n bigint NOT NULL UNIQUE,
	hash bytea NOT NULL
);
CREATE TRIGGER audit_chain_keeps BEFORE UPDATE OR DELETE ON audit_chain
	FOR EACH ROW EXECUTE FUNCTION audit_keeps();
