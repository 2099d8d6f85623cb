#include "otlp.h"

#include <unistd.h>

/* Protobuf in four lines: a tag is field number and wire type; varints; lengths before bytes; 8 bytes
 * little-endian. Field numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2 };

static void
put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_putc(b, (char)(v | 0x80));
	buf_putc(b, (char)v);
}

static void
put_tag(struct buf *b, unsigned field, enum wire wire)
{
	put_varint(b, (uint64_t)field << 3 | wire);
}

static void
put_bytes(struct buf *b, unsigned field, const void *p, size_t n)
{
	put_tag(b, field, BYTES);
	put_varint(b, n);
	buf_put(b, p, n);
}

static void
put_string(struct buf *b, unsigned field, const char *s)
{
	put_bytes(b, field, s, strlen(s));
}

static void
put_number(struct buf *b, unsigned field, uint64_t v)
{
	put_tag(b, field, VARINT);
	put_varint(b, v);
}

static void
put_fixed64(struct buf *b, unsigned field, uint64_t v)
{
	uint8_t bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> (8 * i));
	put_tag(b, field, FIXED64);
	buf_put(b, bytes, sizeof bytes);
}

#define MESSAGE_MAX (16 * KIB)

static size_t
varint_size(uint64_t v)
{
	size_t n = 1;
	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

/* Of a field below 16, whose tag is one byte, that holds n bytes. */
static size_t
bytes_size(size_t n)
{
	return 1 + varint_size(n) + n;
}

/* AnyValue: 1 string, 2 bool, 3 int, 4 double. */
static size_t
value_size(const struct field *f)
{
	switch (f->type) {
	case FIELD_STR:
		return bytes_size(strlen(f->s));
	case FIELD_BOOL:
		return 2;
	case FIELD_INT:
		return 1 + varint_size((uint64_t)f->i);
	case FIELD_NUM:
		return 1 + sizeof(uint64_t);
	case FIELD_END:
		break;
	}
	return 0;
}

static void
put_value(struct buf *b, const struct field *f)
{
	uint64_t bits;
	switch (f->type) {
	case FIELD_STR:
		put_string(b, 1, f->s);
		break;
	case FIELD_BOOL:
		put_number(b, 2, f->i != 0);
		break;
	case FIELD_INT:
		put_number(b, 3, (uint64_t)f->i);
		break;
	case FIELD_NUM:
		memcpy(&bits, &f->d, sizeof bits);
		put_fixed64(b, 4, bits);
		break;
	case FIELD_END:
		break;
	}
}

/* KeyValue{1 key, 2 value} as the given field of the message around it; whole or not at all. */
static void
put_attribute(struct buf *out, unsigned field, const struct field *f)
{
	size_t before = out->len, value = value_size(f);
	put_tag(out, field, BYTES);
	put_varint(out, bytes_size(strlen(f->key)) + bytes_size(value));
	put_string(out, 1, f->key);
	put_tag(out, 2, BYTES);
	put_varint(out, value);
	put_value(out, f);
	if (out->full)
		buf_cut(out, before);
}

void
otlp_attributes(struct buf *out, const struct field *fields)
{
	for (; fields->type != FIELD_END; fields++) {
		if (fields->type != FIELD_STR || fields->s)
			put_attribute(out, 9, fields);
	}
}

void
otlp_link(struct buf *out, const struct trace_context *to)
{
	char space[64];
	struct buf link = buf_on(space, sizeof space);
	put_bytes(&link, 1, to->trace_id, sizeof to->trace_id);
	put_bytes(&link, 2, to->span_id, sizeof to->span_id);
	put_bytes(out, 13, link.data, link.len);
}

static void
put_status(struct buf *span, enum err outcome)
{
	char space[128];
	struct buf status = buf_on(space, sizeof space);
	if (outcome == ERR_NONE)
		return; /* unset: no error */
	put_string(&status, 2, err_code(outcome));
	put_number(&status, 3, 2); /* STATUS_CODE_ERROR */
	put_bytes(span, 15, status.data, status.len);
}

void
otlp_write_span(struct buf *out, const struct otlp_span *s, const struct buf *more)
{
	char space[MESSAGE_MAX] UNCLEARED;
	struct buf span = buf_on(space, sizeof space);
	put_bytes(&span, 1, s->context.trace_id, sizeof s->context.trace_id);
	put_bytes(&span, 2, s->context.span_id, sizeof s->context.span_id);
	if (s->has_parent)
		put_bytes(&span, 4, s->parent, sizeof s->parent);
	put_string(&span, 5, s->name);
	put_number(&span, 6, (uint64_t)s->kind);
	put_fixed64(&span, 7, (uint64_t)s->from_us * 1000);
	put_fixed64(&span, 8, (uint64_t)s->to_us * 1000);
	put_attribute(&span, 9, &F_STR("docket.contour", s->contour));
	buf_put(&span, more->data, more->len);
	put_status(&span, s->outcome);
	if (!span.full)
		put_bytes(out, 2, span.data, span.len); /* ScopeSpans.spans */
}

void
otlp_write_request(struct buf *out, const char *service, const char *spans, size_t n)
{
	char host[256] = "";
	OWNED(buf_free)
	struct buf resource = buf_init(MESSAGE_MAX), scope = buf_init(MESSAGE_MAX),
	           scope_spans = buf_init(out->ceiling), resource_spans = buf_init(out->ceiling);
	(void)gethostname(host, sizeof host - 1);
	put_attribute(&resource, 1, &F_STR("service.name", service));
	put_attribute(&resource, 1, &F_STR("service.version", DOCKET_VERSION));
	put_attribute(&resource, 1, &F_STR("host.name", host));
	put_string(&scope, 1, "docket");
	put_string(&scope, 2, DOCKET_VERSION);
	put_bytes(&scope_spans, 1, scope.data, scope.len);
	buf_put(&scope_spans, spans, n);
	put_bytes(&resource_spans, 1, resource.data, resource.len);
	put_bytes(&resource_spans, 2, scope_spans.data, scope_spans.len);
	put_bytes(out, 1, resource_spans.data, resource_spans.len);
}
