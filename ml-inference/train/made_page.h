/* made_page.h: lines put on pages, as a text layer has them or as a reader misreads them. */
#ifndef DOCKET_TRAIN_MADE_PAGE_H
#define DOCKET_TRAIN_MADE_PAGE_H

#include "made_text.h"

enum err made_lay(const struct made_text *t, enum shape shape, uint64_t *chance, struct arena *mem,
                  const struct document_text **ret, struct why *why) MUST_CHECK;

#endif
