/* webhook_json.h: webhooks as their owner sees and makes them. */
#ifndef DOCKET_WEBHOOK_JSON_H
#define DOCKET_WEBHOOK_JSON_H

#include "errands.h"
#include "request.h"

void webhook_json(struct buf *out, const struct webhook *w);
/* ["document.done"] as events. ERR_INVALID. */
enum err events_of(const json_t *list, uint32_t *ret, struct why *why) MUST_CHECK;
/* An https address with a host and without a user in it (with `private`: http too). ERR_ADDRESS_REFUSED. What
 * it leads to is judged when it is called. */
enum err webhook_url_ok(const char *url, bool private, struct why *why) MUST_CHECK;

#endif
