/* item.h: one row of goods, read by itself or by the head of its table. */
#ifndef DOCKET_ML_ITEM_H
#define DOCKET_ML_ITEM_H

#include "goods_table.h"

struct item {
	const struct found_amount *amount;
	int64_t minor;                              /* of it, with its sign */
	struct goods_cell price, count, unit, rate; /* a count may be known without its place: 0 is none */
	const struct segment *description;
	uint32_t from, to;                   /* bytes of the description's segment */
	const struct segment *above, *below; /* its other line, if it has two */
	uint32_t row, rows;                  /* its first, and how many it takes from there */
	uint32_t text_row;                   /* the description may stand in another */
};

/* Where the names of goods stand that have none in the row of their sum, the same for a whole list. */
struct item_naming {
	bool below;
	uint32_t rows; /* how many rows above the sum the name may begin */
};

enum item_kind {
	ITEM_NONE,
	ITEM_GOODS,
	ITEM_FOOT /* behind the last of them */
};

struct item_place {
	const struct reading *r;
	uint32_t row, used; /* rows before `used` belong to others */
	const struct item_naming *naming;
	size_t n; /* items before it, and their sum */
	int64_t sum;
};
enum item_kind item_by_row(const struct item_place *p, struct item *ret);
enum item_kind item_by_head(const struct item_place *p, const struct goods_head *h, struct item *ret);

/* How the names stand in rows [from, to), under a head, if there is one. */
struct item_naming item_naming_of(const struct reading *r, const struct goods_head *h, uint32_t from,
                                  uint32_t to);

/* The row that closes a list without a head: the first with a word of the foot after at least one amount;
 * where there is none, with that of a tax. */
uint32_t item_foot_row(const struct reading *r);

int64_t item_minor(const struct sheet *s, const struct found_amount *a); /* with its sign: "-1.00", "1.00-" */

#endif
