/* text_sense.h: is a text layer the text that the page shows, or noise?
 *
 * Fonts without a true map to Unicode yield letters that are not those drawn; some scanners and some frauds
 * leave a layer that has nothing to do with the page. Both are read from the pixels instead.
 */
#ifndef DOCKET_TEXT_SENSE_H
#define DOCKET_TEXT_SENSE_H

#include "document.h"

struct Pix;

/* By the words alone: too many signs, words of a Latin or Cyrillic script that cannot be spoken. What is too
 * short to tell, and what is in other scripts, makes sense. */
bool text_makes_sense(const struct word *words, size_t n);

/* By the drawn page, of 32 bits: is there ink where the words are said to stand? */
bool text_is_drawn(const struct word *words, size_t n, struct Pix *page);

#endif
