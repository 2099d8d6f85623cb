/* result_values.h: values as a person gives them, checked by their type. */
#ifndef DOCKET_RESULT_VALUES_H
#define DOCKET_RESULT_VALUES_H

#include "result.h"

const char *value_type_name(enum value_type t); /* "money", as results spell it */
/* `where` names the member in messages. `currency`: of money that names none; may be NULL. Both are new
 * references. ERR_INVALID. */
enum err value_read(enum value_type type, const char *where, const json_t *given, const char *currency,
                    json_t **value, json_t **normalized, struct why *why) MUST_CHECK;
enum err region_check(const char *where, const json_t *region, struct why *why) MUST_CHECK;

#endif
