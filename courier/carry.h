/* carry.h: inside docket-courier: one message out. */
#ifndef DOCKET_CARRY_H
#define DOCKET_CARRY_H

#include "courier.h"

void carry_letter(const json_t *message, struct courier_report *ret);
void carry_webhook(const json_t *message, struct courier_report *ret);

#endif
