#include "period.h"

#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct period
period_usual(void)
{
	int64_t tomorrow = (clock_wall_ms() / DAY_MS + 1) * DAY_MS;
	return (struct period){tomorrow - 30 * DAY_MS, tomorrow};
}

bool
day_parse(const char *text, int64_t *ret_ms)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	if (!end || *end || tm.tm_year < 70)
		return false;
	*ret_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

void
day_text(int64_t ms, char ret[static DAY_TEXT_LEN])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	gmtime_r(&s, &tm);
	if (strftime(ret, DAY_TEXT_LEN, "%Y-%m-%d", &tm) == 0)
		ret[0] = '\0';
}

error_t
period_option(struct period *p, int key, const char *arg, struct argp_state *state)
{
	if (key != 'f' && key != 't')
		return ARGP_ERR_UNKNOWN;
	int64_t day;
	if (!day_parse(arg, &day))
		argp_error(state, "--%s is a day, as 2026-11-24", key == 'f' ? "from" : "to");
	else if (key == 'f')
		p->from_ms = day;
	else
		p->to_ms = day + DAY_MS;
	return 0;
}

const char *
choice_option(const char *names, const char *arg, struct argp_state *state)
{
	size_t len = strlen(arg);
	for (const char *p = names; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == len && strncmp(p, arg, len) == 0)
			return arg;
	argp_error(state, "\"%s\" is not one of %s", arg, names);
	return arg;
}
