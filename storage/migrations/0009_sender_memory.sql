-- What the worker learnt from a person's corrections, at which version of them; learnt anew when that grows.
CREATE TABLE sender_memory (
	user_id BLOB PRIMARY KEY NOT NULL REFERENCES user (id),
	version INTEGER NOT NULL,
	json TEXT
) STRICT, WITHOUT ROWID;
