/* messages.h: errands as the courier takes them: a letter by RFC 5322, a webhook with its signature. */
#ifndef DOCKET_MESSAGES_H
#define DOCKET_MESSAGES_H

#include "errands.h"
#include "json_own.h"
#include "worker.h"

/* Of {"to", "subject", "text"}. ERR_BROKEN when the errand's body is none. */
enum err letter_message(const struct errand *e, const struct errand_options *o, json_t **ret, struct why *why)
    MUST_CHECK;

/* The body as it was stored, with three headers of the Standard Webhooks form:
 *	webhook-id         the errand's id: the same at every attempt
 *	webhook-timestamp  seconds, of this attempt
 *	webhook-signature  v1, and base64 of HMAC-SHA256 over "id.timestamp.body" under the webhook's secret
 */
enum err webhook_message(const struct errand *e, const struct webhook *w, const struct errand_options *o,
                         json_t **ret, struct why *why) MUST_CHECK;

#endif
