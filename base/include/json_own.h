/* json_own.h: Jansson under our idea of lifetime, and the strict way to read a stranger's JSON. */
#ifndef DOCKET_JSON_OWN_H
#define DOCKET_JSON_OWN_H

#include "err.h"

#include <jansson.h>

/* OWNED(json_release) json_t *o = NULL; */
static inline void
json_release(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}

/* One JSON value and nothing after it; duplicate keys refused; nesting bounded by Jansson (2048).
 * ERR_BAD_JSON names line and column. */
enum err json_parse(const char *s, size_t n, json_t **ret, struct why *why) MUST_CHECK;

/* Compact text; free() it. Never NULL. */
char *json_text(const json_t *j, size_t *ret_len);

/* Members by type; NULL or the fallback where absent or of another type. */
const char *json_get_str(const json_t *o, const char *key);
int64_t json_get_int(const json_t *o, const char *key, int64_t fallback);
double json_get_num(const json_t *o, const char *key, double fallback);

#endif
