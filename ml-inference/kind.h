/* kind.h: what shows the kind of a paper: its words, its layout and its picture.
 *
 * The text model's opinion of the words comes first, then how many signs of each kind stand there
 * (signs.tbl.h), then the shape of text and page. The trees put them together.
 */
#ifndef DOCKET_ML_KIND_H
#define DOCKET_ML_KIND_H

#include "feature_row.h"
#include "reading.h"

enum paper_type {
#define X(name, text) TYPE_##name,
#include "types.tbl.h"
#undef X
	TYPE_COUNT
};
extern const char *const type_names[TYPE_COUNT];

#define KIND_MAX_FEATURES 160

/* How many of each kind's signs stand on a paper, and how many of them in its first lines. */
struct sign_counts {
	int found[TYPE_COUNT], early[TYPE_COUNT], all;
};
struct sign_counts kind_count_signs(const struct reading *r);

/* `text_p` is the text model's opinion. Signs found are noted in the first TYPE_COUNT of `signs`. */
enum err kind_features(const struct reading *r, const float text_p[TYPE_COUNT], struct features *f,
                       struct why *why) MUST_CHECK;
/* Those of them that help to choose a paper's fields: statements have no total, forms no seller. */
#define PAPER_MAX_FEATURES 32
void kind_paper_features(const struct reading *r, struct features *f);
enum err kind_feature_names(struct buf *out, struct why *why) MUST_CHECK;
/* The signs of one kind that stand on the paper, at most `cap`; the words as they are in the table. */
size_t kind_signs(const struct reading *r, enum paper_type kind, const char **ret, size_t cap);

#endif
