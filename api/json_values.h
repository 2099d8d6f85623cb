/* json_values.h: the small pieces that JSON answers are made of. */
#ifndef DOCKET_JSON_VALUES_H
#define DOCKET_JSON_VALUES_H

#include "buf.h"
#include "settings.h"
#include "storage.h"

/* `text` as a JSON string, null where it is NULL. */
void text_or_null(struct buf *out, const char *text);
/* RFC 3339 or null where it is 0. */
void time_or_null(struct buf *out, int64_t ms);
/* null where it is nil. */
void id_or_null(struct buf *out, struct uuid id);
/* {"amount": "12.50", "currency": "EUR"}; null without an amount. */
void money_or_null(struct buf *out, const char *amount, const char *currency);
/* A string a line; NULL: none. */
void lines_json(struct buf *out, const char *lines);
void user_json(struct buf *out, const struct settings *s, const struct user *user);
/* The end of {"items": [... : where the list goes on, if it does: after `last`. */
void list_end_json(struct buf *out, bool more, struct uuid last);

#endif
