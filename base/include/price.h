/* price.h: what the use of a machine costs, by the price table in the settings (section cost).
 *
 * Money here is an estimate for whoever pays for machines, so it is a double; it never meets the money
 * that papers speak of.
 */
#ifndef DOCKET_PRICE_H
#define DOCKET_PRICE_H

#include "err.h"
#include "settings.h"

struct price_table {
	char currency[4]; /* "": no prices are set */
	double cpu_hour, memory_gib_hour, traffic_gib;
};
/* ERR_INVALID, naming the setting. */
enum err price_table_read(const struct settings *s, struct price_table *ret, struct why *why) MUST_CHECK;
double price_of(const struct price_table *t, int64_t cpu_ms, int64_t memory_kib_s, int64_t bytes);

#endif
