-- What people do with their documents.
ALTER TABLE document
	ADD COLUMN content bytea,        -- SHA-256 of the original
	ADD COLUMN title text,
	ADD COLUMN note text,
	ADD COLUMN trashed_ms bigint,
	ADD COLUMN version bigint NOT NULL DEFAULT 1,
	ADD COLUMN merchant_key text,    -- folded
	ADD COLUMN total_minor bigint GENERATED ALWAYS AS
		(CASE WHEN total ~ '^-?[0-9]{1,13}([.][0-9]+)?$' THEN round(total::numeric * 100)::bigint END) STORED;
UPDATE document SET content = (SELECT sha256 FROM blob WHERE key = blob_key);

CREATE INDEX document_of_content ON document (user_id, content);
CREATE INDEX document_of_merchant ON document (user_id, merchant_key, date);
CREATE INDEX document_of_date ON document (user_id, coalesce(date, ''), id);
CREATE INDEX document_trashed ON document (trashed_ms) WHERE trashed_ms IS NOT NULL;

CREATE TABLE document_tag (
	document_id uuid NOT NULL REFERENCES document DEFERRABLE,
	key text NOT NULL, -- folded
	name text NOT NULL,
	user_id uuid NOT NULL,
	PRIMARY KEY (document_id, key)
);
CREATE INDEX document_tag_of_user ON document_tag (user_id, key, document_id);

CREATE INDEX job_of_document ON job (document_id);
CREATE INDEX correction_of_document ON correction (document_id);

-- Words are found by our own code, the same for every driver, and come as finished tsvectors: of the text,
-- and of what else is known of a document (name, sender, note, tags).
DROP TABLE search;
CREATE TABLE search (
	document_id uuid PRIMARY KEY REFERENCES document DEFERRABLE,
	user_id uuid NOT NULL,
	text text NOT NULL,
	words tsvector NOT NULL,
	about tsvector NOT NULL
);
CREATE INDEX search_words ON search USING gin ((about || words));
