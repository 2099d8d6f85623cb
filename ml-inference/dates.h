/* dates.h: calendar dates in running text: 25/12/2018, 25.12.18, 2018-12-25, 25 DEC 2018,
 * December 25, 2018, 25 декабря 2018 г., 20181225.
 *
 * Day before month where the text leaves it open, as on nearly all papers outside the USA; then
 * `other_month` tells that the order is a guess.
 */
#ifndef DOCKET_ML_DATES_H
#define DOCKET_ML_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum date_form {
	DATE_YMD,
	DATE_SLASH,
	DATE_DASH,
	DATE_DOT,
	DATE_WORD,
	DATE_WORD_FIRST,
	DATE_SOLID,
	DATE_MIXED
};

struct date {
	int16_t year;
	int8_t month, day;
	bool ambiguous;   /* day and month could change places */
	bool month_first; /* surely so, as in 12/25/2018 */
	bool short_year;  /* two digits */
	enum date_form form;
	uint32_t start, end; /* bytes of the text */
};

/* Dates of `upper` (capitals), left to right, without overlaps; at most `cap`. */
size_t dates_find(const char *upper, size_t n, struct date *ret, size_t cap);
/* Does what was found at d rather count pieces in boxes, as "HD03-04-06 - 5/40/160" does? */
bool dates_counts_pieces(const char *upper, size_t n, const struct date *d);

/* -1, 0, 1 by calendar. */
int dates_compare(const struct date *a, const struct date *b);
#define DATE_TEXT_LEN 11
void dates_text(const struct date *d, char ret[static DATE_TEXT_LEN]); /* "2018-12-25" */
bool dates_valid(int year, int month, int day);

/* A time of day at s: 14:05, 14:05:33, 2:05 PM, 14.05 only with `dots`. Minutes since midnight, or -1. */
int dates_time(const char *upper, size_t n, size_t *len);

#endif
