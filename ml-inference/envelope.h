/* envelope.h: the request's outermost object, {"schema": "...", "document": {...}, "memory": {...}}, without
 * parsing what is inside: the document's bytes go to document_read() as they came.
 */
#ifndef DOCKET_ML_ENVELOPE_H
#define DOCKET_ML_ENVELOPE_H

#include "err.h"

#include <stddef.h>

struct envelope {
	char schema[64];
	const char *document; /* inside the request's bytes */
	size_t document_len;
	const char *memory; /* NULL: none was sent */
	size_t memory_len;
};
/* ERR_BAD_JSON when the outermost object is not one, ERR_INVALID when a member is missing, ERR_SCHEMA
 * when the schema is of another name or major version. Unknown members are skipped. */
enum err envelope_read(const char *s, size_t n, struct envelope *ret, struct why *why) MUST_CHECK;

#endif
