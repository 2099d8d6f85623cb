/* goods_table.h: a table of goods by its head: which column says what, and what a row has in each.
 *
 * A head is one to three rows without an amount whose words name columns (item_heads.tbl.h). A number belongs
 * to the column with whose head it is aligned, by its left or right edge or its middle.
 */
#ifndef DOCKET_ML_GOODS_TABLE_H
#define DOCKET_ML_GOODS_TABLE_H

#include "reading.h"

enum goods_column {
	GOODS_NONE,
	GOODS_TEXT,
	GOODS_COUNT,
	GOODS_UNIT,
	GOODS_PRICE,
	GOODS_PERCENT, /* the rate of a tax */
	GOODS_TAX,     /* its amount */
	GOODS_SUM,
	GOODS_CODE,
	GOODS_OTHER, /* a discount */
	GOODS_COLUMNS
};
#define GOODS_MOST_COLUMNS 16

struct goods_head {
	uint32_t row; /* the first below it */
	size_t n;
	struct {
		enum goods_column what;
		float x0, x1; /* as of segments */
	} column[GOODS_MOST_COLUMNS];
};

/* Part of a row: bytes [from, to) of a segment; no segment: the row has none of it. */
struct goods_cell {
	const struct segment *seg;
	uint32_t from, to;
	double number;                     /* COUNT, PRICE, PERCENT */
	const struct found_amount *amount; /* SUM; PRICE of hundredths */
};

enum goods_heading {
	GOODS_NO_HEAD,
	GOODS_HEAD,
	GOODS_OTHER_HEAD /* of sums and taxes without goods */
};
/* Is there a head from this row on? */
enum goods_heading goods_head_at(const struct reading *r, uint32_t row, struct goods_head *ret);
/* The first of goods on the paper; false: there is none. */
bool goods_head_find(const struct reading *r, struct goods_head *ret);
bool goods_head_has(const struct goods_head *h, enum goods_column what);

/* What a row has in each column; of several sums the last is in GOODS_SUM, the others in `other`, whose
 * number is returned. */
size_t goods_cells(const struct reading *r, const struct goods_head *h, uint32_t row,
                   struct goods_cell ret[static GOODS_COLUMNS],
                   const struct found_amount *other[static GOODS_MOST_COLUMNS]);

/* The word behind a number, if it looks like a unit: "3 Stk.", "5kg". */
struct goods_cell goods_unit_behind(const struct goods_cell *count);

/* A number at *s, past which it goes: 2, 1.500, 0,7602, 1 200,00. */
double goods_number(const char **s);

#endif
