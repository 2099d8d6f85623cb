/* attachments.h: files that hung on a document, published as they come from its parser. */
#ifndef DOCKET_ATTACHMENTS_H
#define DOCKET_ATTACHMENTS_H

#include "storage.h"

struct attachments {
	struct storage *storage;
	struct arena *mem;
	struct attachment *list; /* ATTACHMENTS_MAX, when there is one */
	size_t n;
};

/* What is of no kind that is read is left out. ERR_BAD_DOCUMENT when there are too many. */
enum err attachments_add(struct attachments *a, const char *name, int fd, uint64_t size, struct why *why)
    MUST_CHECK;
/* What its owner has no room for is given up, and `*ret_over` says so. The document itself still has it: read
 * again when there is room, it comes. */
enum err attachments_keep_what_fits(struct attachments *a, const struct claim *c, bool *ret_over,
                                    struct why *why) MUST_CHECK;

#endif
