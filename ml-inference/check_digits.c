#include "check_digits.h"

#include "text.h"

static bool
all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_digit(s[i]))
			return false;
	return true;
}

static int
inn_digit(const char *s, const int *weights, size_t n)
{
	int sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (s[i] - '0') * weights[i];
	return sum % 11 % 10;
}

bool
check_inn(const char *s, size_t n)
{
	static const int w[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
	if ((n != 10 && n != 12) || !all_digits(s, n) || strspn(s, "0") >= n)
		return false;
	if (n == 10)
		return inn_digit(s, w + 2, 9) == s[9] - '0';
	return inn_digit(s, w + 1, 10) == s[10] - '0' && inn_digit(s, w, 11) == s[11] - '0';
}

bool
check_iban(const char *s, size_t n)
{
	if (n < 15 || n > 34 || !all_digits(s + 2, 2))
		return false;
	int rest = 0;
	for (size_t i = 0; i < n; i++) {
		char c = s[(i + 4) % n];
		if (text_is_digit(c))
			rest = (rest * 10 + (c - '0')) % 97;
		else if (c >= 'A' && c <= 'Z')
			rest = (rest * 100 + (c - 'A' + 10)) % 97;
		else
			return false;
	}
	return rest == 1 && s[0] >= 'A' && s[1] >= 'A';
}

bool
check_account(const char *account, const char *bik)
{
	static const int w[] = {7, 1, 3};
	if (strlen(account) != 20 || strlen(bik) != 9 || !all_digits(account, 20) || !all_digits(bik, 9))
		return false;
	char s[24];
	snprintf(s, sizeof s, "%s%s", bik + 6, account);
	int sum = 0;
	for (int i = 0; i < 23; i++)
		sum += (s[i] - '0') * w[i % 3] % 10;
	return sum % 10 == 0;
}

bool
check_vat_de(const char *s, size_t n)
{
	if (n != 9 || !all_digits(s, n))
		return false;
	int p = 10;
	for (int i = 0; i < 8; i++) {
		int m = (s[i] - '0' + p) % 10;
		p = 2 * (m ? m : 10) % 11;
	}
	return (11 - p) % 10 == s[8] - '0';
}
