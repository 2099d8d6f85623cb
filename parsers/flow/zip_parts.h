/* zip_parts.h: the parts of an office document, by name, within ceilings.
 *
 * Entries are counted before any is unpacked; bytes are counted while they unpack, against the document's
 * ceiling and against what was packed: what a header claims is not believed.
 */
#ifndef DOCKET_ZIP_PARTS_H
#define DOCKET_ZIP_PARTS_H

#include "format.h"

struct zip_parts;

/* Borrows the bytes. ERR_CORRUPT_FILE, ERR_DOCUMENT_BOMB when there are too many entries. */
enum err zip_parts_open(const uint8_t *data, size_t n, const struct limits *l, struct zip_parts **ret,
                        struct why *why) MUST_CHECK;
void zip_parts_close(struct zip_parts **z);

/* One part, unpacked, with a NUL after it: free() it. ERR_ABSENT, ERR_ENCRYPTED, ERR_CORRUPT_FILE,
 * ERR_DOCUMENT_BOMB. */
enum err zip_parts_read(struct zip_parts *z, const char *name, struct limits *l, char **ret, size_t *ret_n,
                        struct why *why) MUST_CHECK;

#endif
