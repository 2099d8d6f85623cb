/* reading.h: what stands on a sheet before anybody decides: its amounts and dates with what is
 * printed around them, and the text models' opinion of every line.
 */
#ifndef DOCKET_ML_READING_H
#define DOCKET_ML_READING_H

#include "amounts.h"
#include "dates.h"
#include "layout.h"
#include "text_model.h"

#define READING_MAX_AMOUNTS 3000
#define READING_MAX_DATES   400

enum line_class { LINE_OTHER, LINE_MERCHANT, LINE_ADDRESS, LINE_CLASSES };

struct found_amount {
	struct amount a;
	uint32_t seg;
	const char *left, *right, *up, *down; /* canonical; the rest of its row, the rows around */
	struct pieces pieces;
	float p; /* that it is the total, by its neighbourhood alone */
};
struct found_date {
	struct date d;
	uint32_t seg;
	const char *left, *right, *up;
	struct pieces pieces;
	float p; /* that it is the paper's date */
};
struct sign_counts;
struct goods_head;
struct reading {
	const struct sheet *sheet;
	struct found_amount *amounts;
	size_t n_amounts;
	struct found_date *dates;
	size_t n_dates;
	struct pieces *lines;            /* of each segment */
	float (*line_p)[LINE_CLASSES];   /* of each segment */
	const struct goods_head *head;   /* of a table of goods; NULL: there is none */
	int64_t items_sum;               /* line_items_sum() */
	struct pieces whole;             /* the whole text */
	const struct sign_counts *signs; /* of kinds of paper: kind_count_signs() */
	const float *paper;              /* what the paper as a whole is like: kind_paper_features() */
	size_t n_paper;
};

struct text_models {
	struct text_model line, amount, date, type;
};

enum err reading_build(const struct sheet *sheet, struct arena *mem, struct reading **ret, struct why *why)
    MUST_CHECK;
/* The index of the first amount that stands in this segment or behind it; n_amounts: there is none. */
size_t reading_amount_from(const struct reading *r, uint32_t seg);
/* Fills the probabilities; may be called again with other models. */
void reading_judge(struct reading *r, const struct text_models *m);

#endif
