/* check_digits.h: numbers that prove themselves. All take digits (and letters) without blanks. */
#ifndef DOCKET_ML_CHECK_DIGITS_H
#define DOCKET_ML_CHECK_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

bool check_inn(const char *s, size_t n);  /* Russian taxpayer: 10 or 12 digits */
bool check_iban(const char *s, size_t n); /* ISO 13616, mod 97 */
/* A Russian settlement account (20 digits) against the bank's BIK (9 digits). */
bool check_account(const char *account, const char *bik);
bool check_vat_de(const char *s, size_t n); /* nine digits after DE, ISO 7064 mod 11,10 */

#endif
