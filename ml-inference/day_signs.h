/* day_signs.h: what stands beside a day and says whose day it is. Known, not learnt, like parties.h. */
#ifndef DOCKET_ML_DAY_SIGNS_H
#define DOCKET_ML_DAY_SIGNS_H

#include "reading.h"

/* Log-odds for (above 0) or against this day being the paper's own. */
float day_signs_weigh(const struct sheet *s, const struct found_date *d);

#endif
