/* committed_weights.h: where tests find the weights, and other files of the tree. */
#ifndef DOCKET_COMMITTED_WEIGHTS_H
#define DOCKET_COMMITTED_WEIGHTS_H

#include <stdio.h>
#include <stdlib.h>

#define WEIGHTS "parsers/ocr/models/reader.weights"

/* Until the next call; for one thread. */
static inline const char *
source(const char *name)
{
	static char path[4096];
	const char *root = getenv("DOCKET_SOURCE_DIR");
	snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
	return path;
}

#endif
