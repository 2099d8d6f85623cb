CREATE TABLE sender_memory (
	user_id uuid PRIMARY KEY REFERENCES users DEFERRABLE,
	version bigint NOT NULL,
	json text
);
