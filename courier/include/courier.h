/* courier.h: the door of courier: one letter or one webhook carried out by a process of its own.
 *
 * A letter:  {"kind": "mail", "smtp": "smtp://HOST:PORT", "tls": bool, "user", "password" (or absent),
 *             "from", "to", "message": "the whole of it, RFC 5322"}
 * A webhook: {"kind": "webhook", "url", "headers": ["Name: value", ...], "body", "private": bool}
 */
#ifndef DOCKET_COURIER_H
#define DOCKET_COURIER_H

#include "json_own.h"

#include <stdint.h>

struct courier_report {
	bool carried;
	bool for_good;    /* not carried, and trying again is of no use */
	char detail[200]; /* "204", "550 no such mailbox", "the address is not public"; one line of UTF-8 */
};

/* Blocks until it is carried, or is not, or `timeout_ms` is over. Fails only where no process could be
 * started: ERR_BROKEN. */
enum err courier_carry(const json_t *message, int64_t timeout_ms, struct courier_report *ret, struct why *why)
    MUST_CHECK;

#endif
