/* exporter.h: spans on their way out: a bounded queue and the thread that sends it in batches. */
#ifndef DOCKET_EXPORTER_H
#define DOCKET_EXPORTER_H

#include "buf.h"
#include "trace.h"

/* Takes n encoded spans (otlp_write_span), if there is room and anybody to send them to. */
void exporter_put(const struct buf *spans, int64_t n);
/* Should a new trace be sampled? `luck`: evenly spread; `name` and `class` as the rules have them. */
bool exporter_samples(const char *name, const char *class, uint64_t luck);

#endif
