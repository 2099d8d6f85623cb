-- What a document asks of its owner, as read (corrections lie over it), so that nobody goes through results for it.
-- `doubtful`: a JSON array of names; NULL until it has been read.
ALTER TABLE document ADD COLUMN due_date text, ADD COLUMN category text, ADD COLUMN doubtful text;
UPDATE document SET due_date = r.j #>> '{fields,due_date,normalized}',
	category = r.j #>> '{fields,category,normalized}',
	doubtful = coalesce(r.j #>> '{review,fields}', '[]')
FROM (SELECT job_id, json::json AS j FROM result) AS r WHERE r.job_id = document.job_id;
