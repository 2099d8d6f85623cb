-- A sender's documents in the order of lists; kind, year and month as words of the search entry.
-- IF NOT EXISTS: it went by the number 9 for a day, beside another of that number.
CREATE INDEX IF NOT EXISTS document_of_sender ON document (user_id, merchant_key, id);
UPDATE search SET owner = 'u' || lower(hex(d.user_id)) || ' k' || replace(coalesce(d.doc_type, ''), '_', '') || ' y' ||
	substr(coalesce(d.date, ''), 1, 4) || ' m' || substr(replace(coalesce(d.date, ''), '-', ''), 1, 6)
	FROM document d WHERE search.rowid = d.n;
