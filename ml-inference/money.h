/* money.h: which currency a paper speaks of, and a sum as the answer has it. */
#ifndef DOCKET_ML_MONEY_H
#define DOCKET_ML_MONEY_H

#include "reading.h"

#include <jansson.h>

/* "MYR", "RUB", ...; NULL when nothing on the paper tells. */
const char *money_of_paper(const struct reading *r);
/* A mark printed beside a sum, in the light of the paper's: "$" is the dollar of the place. */
const char *money_currency(const char *mark, const char *paper);
json_t *money_json(int64_t minor, const char *currency);

#endif
