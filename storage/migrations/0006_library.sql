-- What people do with their documents.
ALTER TABLE document ADD COLUMN n INTEGER;            -- counts up; the rowid of its search entry
ALTER TABLE document ADD COLUMN content BLOB;         -- SHA-256 of the original
ALTER TABLE document ADD COLUMN title TEXT;
ALTER TABLE document ADD COLUMN note TEXT;
ALTER TABLE document ADD COLUMN trashed_ms INTEGER;
ALTER TABLE document ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE document ADD COLUMN merchant_key TEXT;    -- folded
ALTER TABLE document ADD COLUMN total_minor INTEGER;  -- hundredths

UPDATE document SET n = o.r FROM (SELECT id, row_number() OVER (ORDER BY id) AS r FROM document) o
	WHERE o.id = document.id;
UPDATE document SET content = (SELECT sha256 FROM blob WHERE key = blob_key), merchant_key = search_fold(merchant),
	total_minor = CAST(round(total * 100) AS INTEGER);

CREATE UNIQUE INDEX document_n ON document (n);
CREATE INDEX document_of_content ON document (user_id, content);
CREATE INDEX document_of_merchant ON document (user_id, merchant_key, date);
CREATE INDEX document_of_date ON document (user_id, date, id);
CREATE INDEX document_trashed ON document (trashed_ms) WHERE trashed_ms IS NOT NULL;

CREATE TABLE document_tag (
	document_id BLOB NOT NULL REFERENCES document (id),
	key TEXT NOT NULL, -- folded
	name TEXT NOT NULL,
	user_id BLOB NOT NULL,
	PRIMARY KEY (document_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_tag_of_user ON document_tag (user_id, key, document_id);

CREATE INDEX job_of_document ON job (document_id);
CREATE INDEX correction_of_document ON correction (document_id);

-- The owner's id is a word like others, so that a search reads nobody else's entries.
CREATE TABLE old_search AS SELECT document_id, merchant, text FROM search;
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (owner, title, sender, note, tags, text, tokenize = 'docket',
	prefix = '2 3', columnsize = 0);
INSERT INTO search (rowid, owner, title, sender, note, tags, text)
	SELECT d.n, 'u' || lower(hex(d.user_id)), coalesce(d.file_name, ''), coalesce(s.merchant, ''), '', '',
	coalesce(s.text, '') FROM old_search s JOIN document d ON d.id = s.document_id GROUP BY d.n;
DROP TABLE old_search;
