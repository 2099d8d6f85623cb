/* candidates.h: what each field could be on this paper, and the features by which the trees choose.
 *
 * A finder proposes; it never decides. Distinct values compete, not their occurrences.
 */
#ifndef DOCKET_ML_CANDIDATES_H
#define DOCKET_ML_CANDIDATES_H

#include "feature_row.h"
#include "reading.h"

#define CANDIDATES_MAX          3000 /* of one field */
#define CANDIDATES_MAX_FEATURES 400

struct place { /* bytes [start, end) of a segment */
	uint32_t seg, start, end;
};
struct candidate {
	const char *text; /* as printed, and as it teaches */
	const char *said; /* as it is answered: without what is not its own; from a finder NULL: as printed */
	struct place places[10];
	uint32_t n_places;
	uint32_t first, last; /* segments */
	int64_t minor;        /* total: hundredths, signed */
	struct date date;     /* date */
	const struct found_amount *amount;
	bool unfit;                   /* teaches what is none, and is never chosen */
	float prior;                  /* log-odds that are known, not learnt (parties.h) */
	const struct found_date *day; /* date: where it stands best */
	float confidence, worst;      /* of the words it is read from: their mean, the least */
};
struct candidates {
	struct candidate *c;
	float *x; /* [n][n_features] */
	size_t n, n_features, cap;
};

enum field_id { FIELD_MERCHANT, FIELD_DATE, FIELD_ADDRESS, FIELD_TOTAL, FIELD_COUNT };
extern const char *const field_names[FIELD_COUNT]; /* "merchant_name", ... */

/* All candidates of one field. The reading must have been judged. */
enum err candidates_find(enum field_id field, const struct reading *r, struct arena *mem,
                         struct candidates *ret, struct why *why) MUST_CHECK;
/* The names of the features, one a line, in their order. */
enum err candidates_feature_names(enum field_id field, struct buf *out, struct why *why) MUST_CHECK;

/* ---- for the finders ---- */

typedef enum err finder_fn(const struct reading *r, struct arena *mem, struct candidates *ret,
                           struct buf *names, struct why *why);
finder_fn find_merchant, find_date, find_address, find_total;

/* Room for one more: the features' row is given to `f`. False when there are enough already. */
bool candidates_begin(struct candidates *all, struct arena *mem, struct features *f, struct buf *names);
void candidates_end(struct candidates *all, const struct candidate *c, const struct features *f);

/* Features that the header fields share. */
void feat_geometry(struct features *f, const char *group, const struct sheet *s, int64_t seg);
/* What the paper as a whole is like, the same for all its candidates. */
void feat_paper(struct features *f, const struct reading *r);
void feat_line_p(struct features *f, const char *group, const struct reading *r, int64_t seg);
#define HEAD_WORDS    51
#define HEAD_PATTERNS 6
/* What a text has of the words and patterns of a paper's head. */
struct head_signs {
	uint64_t words; /* a bit each */
	float patterns[HEAD_PATTERNS];
	bool read;
};
struct head_signs head_signs_of(const char *canon);
/* Of segment `seg`, read once: many candidates ask for those of the same lines. `all` has room for each
 * segment, zeroed. */
const struct head_signs *head_signs_at(struct head_signs *all, const struct sheet *s, int64_t seg);
void feat_patterns(struct features *f, const char *group, const struct head_signs *h);
void feat_head_words(struct features *f, const char *group, const struct head_signs *h);
const char *segment_canon(const struct sheet *s, int64_t seg); /* "" outside */

/* Segments that are read as one text. */
#define PASSAGE_MAX 8
struct passage {
	uint32_t at[PASSAGE_MAX], n;
	float x0, x1; /* what they cover across */
};
struct passage passage_begin(const struct sheet *s, uint32_t at);
struct passage passage_of(const struct sheet *s, uint32_t first, uint32_t last); /* all of them */
/* The next segment joins; what stands in another column, far to the left or right of all so far, is passed
 * over. False: there is none, or the run is full. */
bool passage_extend(const struct sheet *s, struct passage *p);

/* Its text, with single blanks between. */
enum err passage_text(const struct sheet *s, const struct passage *p, bool upper, struct arena *mem,
                      const char **ret, struct why *why) MUST_CHECK;
/* The places of bytes [from, to) of that text. */
void place_range(const struct sheet *s, const struct passage *p, size_t from, size_t to, struct candidate *c);

#endif
