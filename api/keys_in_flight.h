/* keys_in_flight.h: Idempotency-Keys whose first upload is still arriving. */
#ifndef DOCKET_KEYS_IN_FLIGHT_H
#define DOCKET_KEYS_IN_FLIGHT_H

#include "uuid.h"

struct keys_in_flight;
struct keys_in_flight *keys_create(void);
void keys_destroy(struct keys_in_flight **k);
/* False when the same user's same key is held already. */
bool keys_hold(struct keys_in_flight *k, struct uuid user, const char *key);
void keys_let_go(struct keys_in_flight *k, struct uuid user, const char *key);

#endif
