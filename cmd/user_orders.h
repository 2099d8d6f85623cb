/* user_orders.h: what `docket user` can be told, carried out on storage: by the command itself, or by the
 * running service that it asks. */
#ifndef DOCKET_USER_ORDERS_H
#define DOCKET_USER_ORDERS_H

#include "buf.h"
#include "json_own.h"
#include "settings.h"
#include "storage.h"

/* {"order": "add" | "list" | "disable" | "enable" | "admin" | "delete" | "reset" | "end-factor" |
 * "invitations" | "end-invitation", "email", "password", "admin", "locale", "id"}. `out` is what is printed.
 */
enum err user_order(struct storage *st, const struct settings *s, const json_t *o, struct buf *out,
                    struct why *why) MUST_CHECK;

#endif
