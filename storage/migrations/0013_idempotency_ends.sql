CREATE INDEX idempotency_age ON idempotency (created_ms);
