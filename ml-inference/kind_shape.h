/* kind_shape.h: the shape of a paper's text as features: how its lines run, what they begin and end
 * with, whether it is prose, a list of labels or a table. Of words only the commonest matter here. */
#ifndef DOCKET_ML_KIND_SHAPE_H
#define DOCKET_ML_KIND_SHAPE_H

#include "feature_row.h"
#include "reading.h"

void kind_shape_brief(const struct reading *r, struct features *f); /* a few of them */
void kind_shape_features(const struct reading *r, struct features *f);
/* "From:", "Subject:" and one more line of a mail's head, with an address of mail or a greeting among them.
 */
bool kind_is_mail(const struct sheet *s);

#endif
