/* calendar_text.h: iCalendar (RFC 5545): text that cannot leave its line, lines of at most 75 bytes. */
#ifndef DOCKET_CALENDAR_TEXT_H
#define DOCKET_CALENDAR_TEXT_H

#include "buf.h"

/* NAME:value, folded; `value` is written as it is. */
void calendar_line(struct buf *out, const char *name, const char *value);
/* The same with a stranger's text: escaped, control characters left out. */
void calendar_text(struct buf *out, const char *name, const char *text);
/* How much of `text` is at most `max` bytes of whole UTF-8 letters. */
size_t calendar_cut(const char *text, size_t max);

#endif
