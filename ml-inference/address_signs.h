/* address_signs.h: does a line look like part of a postal address, wherever in the world? By words and
 * numbers alone, so that it knows what no model has learnt. */
#ifndef DOCKET_ML_ADDRESS_SIGNS_H
#define DOCKET_ML_ADDRESS_SIGNS_H

#include <stdbool.h>

struct address_signs {
	bool street; /* "123 456th St", "Musterstr. 12", "ул. Мира, 5", "P.O. Box 6543" */
	bool place;  /* "Redmond, WA 98052", "75012 Paris", "London W1D 2HZ", "117312, Москва" */
};
/* Of a line in capitals. */
struct address_signs address_signs_of(const char *upper);

/* British postcodes in which O and 0 or I and 1 were taken for each other, in place: "YO21 3PU" for
 * "Y021 3PU". */
void address_mend_postcode(char *text);

#endif
