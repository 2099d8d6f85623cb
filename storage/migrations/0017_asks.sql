-- What a document asks of its owner, as read (corrections lie over it), so that nobody goes through results for it.
-- `doubtful`: a JSON array of names; NULL until it has been read.
ALTER TABLE document ADD COLUMN due_date TEXT;
ALTER TABLE document ADD COLUMN category TEXT;
ALTER TABLE document ADD COLUMN doubtful TEXT;
UPDATE document SET due_date = json_extract(result.json, '$.fields.due_date.normalized'),
	category = json_extract(result.json, '$.fields.category.normalized'),
	doubtful = coalesce(json_extract(result.json, '$.review.fields'), '[]')
FROM result WHERE result.job_id = document.job_id AND json_valid(result.json);
