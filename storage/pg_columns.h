/* pg_columns.h: what several callers put into one statement, as array literals: a column, a value a caller.
 */
#ifndef DOCKET_PG_COLUMNS_H
#define DOCKET_PG_COLUMNS_H

#include "pg_store.h"

void add_text_n(struct buf *b, const char *s, size_t n); /* NULL: NULL */
void add_text(struct buf *b, const char *s);
void add_int(struct buf *b, int64_t n);
void add_uuid(struct buf *b, struct uuid u);
/* Ends it. The caller looks at `b->full`. */
void arg_column(struct pg_call *q, struct buf *b);

#endif
