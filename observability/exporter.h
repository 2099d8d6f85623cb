/* exporter.h: spans on their way out: a bounded queue and the thread that sends it in batches. */
#ifndef DOCKET_EXPORTER_H
#define DOCKET_EXPORTER_H

#include "buf.h"
#include "trace.h"

/* Takes n encoded spans (otlp_write_span), if there is room and anybody to send them to. */
void exporter_put(const struct buf *spans, int64_t n);
/* Of a hundred new traces so many are sampled; `name` and `class` as the rules have them. 0: nobody to send
 * them to. */
int32_t exporter_percent(const char *name, const char *class);

#endif
