/* heif_references.h: do the pictures of a HEIF that are made of other pictures come to an end?
 *
 * A grid, an overlay or an identity names the items that it is made of; libheif 1.15 follows such references
 * in circles until its stack is used up. */
#ifndef DOCKET_HEIF_REFERENCES_H
#define DOCKET_HEIF_REFERENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False for circles, and for trees that are deeper or wider than any camera's. Whatever is not understood is
 * left to libheif. */
bool heif_references_end(const uint8_t *data, size_t n);

#endif
