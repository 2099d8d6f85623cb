#include "price.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum err
read_price(const char *name, const char *text, double *ret, struct why *why)
{
	char *end;
	errno = 0;
	double v = strtod(text, &end);
	if (end == text || *end || errno != 0 || !(v >= 0 && v <= 1e6))
		return fail(why, ERR_INVALID, "cost-%s = \"%.20s\" is no price from 0 to 1000000", name,
		            text);
	*ret = v;
	return ERR_NONE;
}

enum err
price_table_read(const struct settings *s, struct price_table *ret, struct why *why)
{
	struct price_table t = {{0}, 0, 0, 0};
	size_t n = strlen(s->cost_currency);
	if (n != 0 && (n != 3 || strspn(s->cost_currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
		return fail(why, ERR_INVALID, "cost-currency is three capital letters, as EUR, or empty");
	memcpy(t.currency, s->cost_currency, n);
	TRY(read_price("cpu-hour", s->cost_cpu_hour, &t.cpu_hour, why));
	TRY(read_price("memory-gib-hour", s->cost_memory_gib_hour, &t.memory_gib_hour, why));
	TRY(read_price("traffic-gib", s->cost_traffic_gib, &t.traffic_gib, why));
	*ret = t;
	return ERR_NONE;
}

double
price_of(const struct price_table *t, int64_t cpu_ms, int64_t memory_kib_s, int64_t bytes)
{
	return (double)cpu_ms / 3600e3 * t->cpu_hour +
	       (double)memory_kib_s / (1024.0 * 1024 * 3600) * t->memory_gib_hour +
	       (double)bytes / (1024.0 * 1024 * 1024) * t->traffic_gib;
}
