#include "patterns.h"

#include "own.h"

#include <pthread.h>
#include <regex.h>

#include "err.h"

static const char *const texts[PATTERN_COUNT] = {
#define X(name, text) text,
#include "patterns.tbl.h"
#undef X
};
static regex_t compiled[PATTERN_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
compile_all(void)
{
	for (size_t i = 0; i < PATTERN_COUNT; i++)
		if (regcomp(&compiled[i], texts[i], REG_EXTENDED) != 0)
			BUG("pattern %zu does not compile: %s", i, texts[i]);
}

bool
pattern_match(enum pattern p, const char *s, unsigned g, size_t *from, size_t *to)
{
	regmatch_t m[6];
	pthread_once(&once, compile_all);
	if (g >= ARRAY_LEN(m) || regexec(&compiled[p], s, ARRAY_LEN(m), m, 0) != 0 || m[g].rm_so < 0)
		return false;
	*from = (size_t)m[g].rm_so;
	*to = (size_t)m[g].rm_eo;
	return true;
}

bool
pattern_in(enum pattern p, const char *s)
{
	pthread_once(&once, compile_all);
	return regexec(&compiled[p], s, 0, NULL, 0) == 0;
}
