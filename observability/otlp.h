/* otlp.h: spans as OpenTelemetry's protocol writes them (protobuf, opentelemetry.proto.trace.v1). */
#ifndef DOCKET_OTLP_H
#define DOCKET_OTLP_H

#include "buf.h"
#include "trace.h"

struct otlp_span {
	struct trace_context context;
	bool has_parent;
	uint8_t parent[8];
	const char *name, *contour;
	enum span_kind kind;
	int64_t from_us, to_us;
	enum err outcome;
};
/* One Span message with its tag, as it stands inside ScopeSpans. `more` are KeyValue and Link messages
 * with theirs, made by otlp_attributes() and otlp_link(). */
void otlp_write_span(struct buf *out, const struct otlp_span *s, const struct buf *more);
void otlp_attributes(struct buf *out, const struct field *fields);
void otlp_link(struct buf *out, const struct trace_context *to);
/* An ExportTraceServiceRequest around n bytes of such spans. */
void otlp_write_request(struct buf *out, const char *service, const char *spans, size_t n);

#endif
