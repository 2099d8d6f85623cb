/* parties.h: who of those named on a paper sent it, and whom it is for, as labels, the places of a letter and
 * what stands below a name tell. Known, not learnt: the papers that could teach it are few, of few senders.
 */
#ifndef DOCKET_ML_PARTIES_H
#define DOCKET_ML_PARTIES_H

#include "reading.h"

enum party_role { PARTY_RECIPIENT, PARTY_PLACE, PARTY_SENDER, PARTY_PAYEE, PARTY_OFFICE };

/* Does the line begin with a label of a party (parties.tbl.h)? *after: past it, *role: whose. */
bool party_label(const struct segment *g, size_t *after, enum party_role *role);

/* ret[i], of the first `n` segments: log-odds for (above 0) or against the one named there having sent the
 * paper. */
void parties_weigh(const struct reading *r, uint32_t n, float *ret);
/* The same for an address that stands there. */
void parties_weigh_homes(const struct reading *r, uint32_t n, float *ret);

#endif
