-- Files of exports that a newer one had replaced kept their rows, and so were never swept, not even when their owner left.
DELETE FROM blob WHERE key IN (
	SELECT key FROM blob
	EXCEPT SELECT blob_key FROM document
	EXCEPT SELECT parsed_key FROM result
	EXCEPT SELECT picture_key FROM page
	EXCEPT SELECT thumbnail_key FROM page
	EXCEPT SELECT blob_key FROM account_export);
