-- A document that hung on another, as a file on a mail: whose part it is, the how manieth, how deep.
ALTER TABLE document
	ADD COLUMN parent_id uuid REFERENCES document ON DELETE SET NULL DEFERRABLE,
	ADD COLUMN part integer,
	ADD COLUMN depth integer NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX document_part ON document (parent_id, part) WHERE parent_id IS NOT NULL;
