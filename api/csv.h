/* csv.h: rows as RFC 4180 has them, harmless in a spreadsheet. */
#ifndef DOCKET_CSV_H
#define DOCKET_CSV_H

#include "buf.h"

/* One cell and, where it is not the first of its row, the comma before it. A text that a spreadsheet would
 * take for a formula (it begins with = + - @ and the like, also behind blanks) gets an apostrophe before it,
 * and so does such a piece of it. NULL is empty. */
void csv_text(struct buf *out, const char *text, bool first);
/* What is a number or a date by our own making: as it is. */
void csv_plain(struct buf *out, const char *text, bool first);
void csv_end_row(struct buf *out);

#endif
