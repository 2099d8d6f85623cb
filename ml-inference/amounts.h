/* amounts.h: sums of money in running text: 9.00, RM 1,234.50, 1 234,56 ₽, -0.02, =1234.56, 1864 руб. 12
 * коп.
 *
 * Two decimals, or a mark of money beside it: what has neither is a count, a number or a code. Kopecks may
 * stand behind a dash where the word before says that it is a sum: Сумма 5250-90.
 */
#ifndef DOCKET_ML_AMOUNTS_H
#define DOCKET_ML_AMOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct amount {
	int64_t minor;        /* hundredths, without the sign */
	bool negative;        /* a minus before it, or brackets around it */
	bool comma;           /* the decimal mark */
	bool blank;           /* blanks around the decimal mark: read badly */
	const char *currency; /* "MYR", "RUB", ...; NULL: none printed beside it */
	uint32_t start, end;  /* bytes of the digits themselves; of "12 коп." too */
	uint32_t from;        /* with the sign and the currency before it */
	uint32_t to;          /* with the currency after it */
};

/* `before`: what stands before it in its row, in capitals; "" for nothing. */
size_t amounts_find(const char *before, const char *upper, size_t n, struct amount *ret, size_t cap);

#endif
