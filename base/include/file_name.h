/* file_name.h: names that strangers gave to files, made harmless. */
#ifndef DOCKET_FILE_NAME_H
#define DOCKET_FILE_NAME_H

#include "arena.h"

/* Without folders, control characters and what turns text around, valid UTF-8, at most 255 bytes.
 * NULL when nothing remains (or at the arena's ceiling). */
const char *clean_file_name(struct arena *mem, const char *name) MUST_CHECK;

#endif
