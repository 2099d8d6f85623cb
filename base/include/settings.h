/* settings.h: everything that can be set, read once at start, then never changed.
 *
 * One table (settings.tbl.h) lists each setting with its type, default, limits and text. An unknown
 * key, a value of the wrong form or out of its limits is a clear error that names where it stands.
 * The struct is read-only after settings_load() and may be shared by all threads.
 */
#ifndef DOCKET_SETTINGS_H
#define DOCKET_SETTINGS_H

#include "err.h"

#include <stdint.h>
#include <stdio.h>

typedef const char *setting_STR;
typedef int64_t setting_INT;
typedef int64_t setting_BYTES;
typedef int64_t setting_MS;
typedef bool setting_BOOL;

struct settings {
#define X(type, section, key, fallback, min, max, text) setting_##type section##_##key;
#include "settings.tbl.h"
#undef X
	struct settings_private *private; /* strings and where each value came from */
};

/* `file` may be NULL. `env` is the environment (environ): variables named DOCKET_... that are no
 * setting are an error, but for DOCKET_BUILD_DIR and DOCKET_SOURCE_DIR of the tests. `flags` are n
 * pairs of "section-key" and value, from the command line. */
struct settings_flag {
	const char *name, *value;
};
enum err settings_load(struct settings *ret, const char *file, char *const env[],
                       const struct settings_flag *flags, size_t n_flags, struct why *why) MUST_CHECK;
void settings_release(struct settings *s);

/* What is in force, where it came from, and what it means: one block a setting. `docket config`. */
void settings_print(const struct settings *s, FILE *out); /* without passwords */

/* Where the first password at or after `from` stands in an address (postgresql://user:password@host,
 * ...?password=...): it is not for command lines, logs or screens. False: there is none. */
bool url_password(const char *url, size_t from, size_t *ret_at, size_t *ret_len);
/* The address with "..." in place of each. */
void url_shown(const char *url, char *ret, size_t cap);

#endif
