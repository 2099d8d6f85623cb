#include "score.h"

#include "dates.h"
#include "text.h"

bool
score_exact(const char *a, const char *t)
{
	return strcmp(a, t) == 0;
}

int64_t
score_amount(const char *s)
{
	const char *p = s + strcspn(s, "0123456789");
	if (!*p)
		return INT64_MIN;
	bool negative = strchr(s, '-') && strchr(s, '-') < p;
	char digits[32];
	size_t n = 0, decimals = 0;
	bool mark = false;
	for (; *p && strchr("0123456789,. '-=", *p) && n < sizeof digits - 1; p++) {
		if (*p == '-' || *p == '=') {
			/* "5250-90" is how Russian payment orders write it */
			if (mark || strspn(p + 1, "0123456789") != 2)
				break;
			mark = true;
		} else if (*p == '.' || *p == ',') {
			/* the last mark with one or two digits after it is the decimal one */
			size_t k = strspn(p + 1, "0123456789");
			mark = k >= 1 && k <= 2 &&
			       !(p[1 + k] && strchr(",. '", p[1 + k]) && text_is_digit(p[2 + k]));
			decimals = 0;
		} else if (text_is_digit(*p)) {
			digits[n++] = *p;
			decimals += mark;
		}
	}
	int64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (digits[i] - '0');
	for (; decimals < 2; decimals++)
		v *= 10;
	return negative ? -v : v;
}

bool
score_normalised(enum field_id field, const char *a, const char *t)
{
	if (field == FIELD_TOTAL) {
		int64_t x = score_amount(a), y = score_amount(t);
		return x == y && x != INT64_MIN;
	}
	char ka[512], kt[512];
	if (field == FIELD_DATE) {
		OWNED(arena_destroy) struct arena *mem = arena_create("date", 64 * KIB);
		struct date x, y;
		const char *ua = text_upper(mem, a, strlen(a)), *ut = text_upper(mem, t, strlen(t));
		if (ua && ut && dates_find(ua, strlen(ua), &x, 1) == 1 &&
		    dates_find(ut, strlen(ut), &y, 1) == 1)
			return dates_compare(&x, &y) == 0;
	}
	size_t na = text_key(a, strlen(a), ka, sizeof ka), nt = text_key(t, strlen(t), kt, sizeof kt);
	return na == nt && memcmp(ka, kt, na) == 0;
}

void
tally_add(struct tally *t, enum field_id f, const char *answer, const char *truth)
{
	bool absent = strcmp(truth, TRUTH_ABSENT) == 0, known = truth[0] && !absent,
	     given = answer && answer[0];
	t->truth[f] += known;
	t->answered[f] += given;
	if (known && given) {
		t->exact[f] += score_exact(answer, truth);
		t->normalised[f] += score_normalised(f, answer, truth);
	}
}

double
tally_f1(const struct tally *t, int field, bool exact)
{
	size_t right = 0, both = 0;
	for (int f = 0; f < FIELD_COUNT; f++)
		if (field < 0 || f == field) {
			right += exact ? t->exact[f] : t->normalised[f];
			both += t->answered[f] + t->truth[f];
		}
	return both ? 2.0 * (double)right / (double)both : 0;
}

void
tally_print(const char *name, const struct tally *t)
{
	printf("%-26s", name);
	for (int f = 0; f < FIELD_COUNT; f++)
		printf(" %s %.3f/%.3f ", field_names[f], tally_f1(t, f, true), tally_f1(t, f, false));
	printf(" micro %.4f/%.4f\n", tally_f1(t, -1, true), tally_f1(t, -1, false));
	fflush(stdout);
}

json_t *
tally_json(const struct tally *t)
{
	json_t *o = json_object();
	for (int f = -1; f < FIELD_COUNT; f++)
		json_object_set_new(o, f < 0 ? "micro" : field_names[f],
		                    json_pack("{s:f, s:f}", "exact_f1", tally_f1(t, f, true), "normalised_f1",
		                              tally_f1(t, f, false)));
	return o;
}
