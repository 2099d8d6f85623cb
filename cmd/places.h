/* places.h: where things stand on this machine, and what it has. */
#ifndef DOCKET_PLACES_H
#define DOCKET_PLACES_H

#include "err.h"
#include "parsers.h"
#include "settings.h"
#include "storage.h"

#include <stdint.h>

#define PLACE_MAX 4352 /* of a path: a setting's 4000 and some */

/* The settings' processors; 0 there means all that this process may use. */
int32_t place_cores(const struct settings *s);

/* inference-listen, or the socket in the data folder. ERR_INVALID where its path is too long for one. */
enum err place_inference(const struct settings *s, char ret[static PLACE_MAX], struct why *why) MUST_CHECK;

/* inference-models, or the folder that came with the program. */
void place_models(const struct settings *s, char ret[static PLACE_MAX]);

/* Settings as storage wants them; the texts live in `keep`. */
struct place_storage {
	char storage_url[PLACE_MAX], blobs_url[PLACE_MAX], key_file[PLACE_MAX];
};
/* Is storage PostgreSQL, which many processes use at once? SQLite has one owner. */
bool place_is_shared(const struct settings *s);
struct storage_options place_storage(const struct settings *s, struct place_storage *keep);

/* Settings as the pool of parsers wants them; the texts live in `s`. One document at a time, one parser warm:
 * who wants more says so. */
struct parser_options place_parsers(const struct settings *s);

#endif
