CREATE TABLE errand (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE,
	subject_id uuid,
	kind smallint NOT NULL,
	state smallint NOT NULL DEFAULT 0,
	attempt integer NOT NULL DEFAULT 0,
	created_ms bigint NOT NULL,
	due_ms bigint NOT NULL,
	ended_ms bigint NOT NULL DEFAULT 0,
	body text,
	detail text
);
CREATE INDEX errand_due ON errand (due_ms) WHERE state = 0;
CREATE INDEX errand_of_subject ON errand (subject_id, id) WHERE subject_id IS NOT NULL;
CREATE INDEX errand_of_user ON errand (user_id);

CREATE TABLE webhook (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE,
	url text NOT NULL,
	secret text NOT NULL,
	events integer NOT NULL,
	created_ms bigint NOT NULL
);
CREATE INDEX webhook_of_user ON webhook (user_id, id);

CREATE TABLE account_export (
	user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE DEFERRABLE,
	state smallint NOT NULL,
	created_ms bigint NOT NULL,
	ended_ms bigint NOT NULL DEFAULT 0,
	blob_key text REFERENCES blob (key) DEFERRABLE
);

-- A job that ends tells the webhooks of its owner, in the transaction that ends it. Ids sort by time, as ours do.
CREATE FUNCTION tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO errand (id, user_id, subject_id, kind, created_ms, due_ms, body)
	SELECT e.id, w.user_id, w.id, 1, e.now, e.now,
		format('{"id":"%s","type":"%s","created_at":"%s","data":{"job_id":"%s","document_id":"%s"}}', e.id,
			CASE WHEN NEW.state = 2 THEN 'document.done' ELSE 'document.failed' END,
			to_char(to_timestamp(e.now / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
			NEW.id, NEW.document_id)
	FROM webhook w CROSS JOIN LATERAL (SELECT docket_ms() AS now,
		(lpad(to_hex(docket_ms()), 12, '0') || '7' || substr(md5(random()::text || w.id), 1, 3) || '8' ||
			substr(md5(w.id || random()::text), 1, 15))::uuid AS id) e
	WHERE w.user_id = NEW.user_id AND (w.events & CASE WHEN NEW.state = 2 THEN 1 ELSE 2 END) <> 0;
	RETURN NULL;
END $$;
CREATE TRIGGER job_tells AFTER UPDATE OF state ON job FOR EACH ROW
	WHEN (NEW.state IN (2, 3) AND OLD.state <> NEW.state) EXECUTE FUNCTION tell_webhooks();
