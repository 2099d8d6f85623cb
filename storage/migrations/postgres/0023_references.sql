-- Each blob that goes is looked for among the exports, and who leaves among the corrections, those that were undone as well:
-- without these, all are read for each.
CREATE INDEX account_export_of_blob ON account_export (blob_key);
CREATE INDEX correction_by_user ON correction (user_id);
