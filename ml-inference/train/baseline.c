#include "baseline.h"

#include "patterns.h"
#include "text.h"

/* The first line that has a company's legal form, else the first line. */
static const char *
merchant(const struct sheet *s)
{
	for (size_t i = 0; i < s->n && i < 10; i++)
		if (pattern_in(PATTERN_LEGAL_END, s->segs[i].canon))
			return s->segs[i].text;
	return s->n ? s->segs[0].text : NULL;
}

/* The first date with DATE before it, else the first. */
static const char *
date(const struct paper *p, struct arena *mem)
{
	const struct reading *r = p->reading;
	size_t at = 0;
	while (at < r->n_dates && !strstr(r->dates[at].left, "DATE"))
		at++;
	if (at == r->n_dates)
		at = 0;
	if (r->n_dates == 0)
		return NULL;
	const struct found_date *d = &r->dates[at];
	return arena_strndup(mem, r->sheet->segs[d->seg].text + d->d.start, d->d.end - d->d.start);
}

/* The largest amount with TOTAL before it, else the largest. */
static const char *
total(const struct paper *p, struct arena *mem)
{
	const struct found_amount *best = NULL;
	for (size_t i = 0; i < p->reading->n_amounts; i++) {
		const struct found_amount *a = &p->reading->amounts[i];
		bool label = strstr(a->left, "TOTAL") != NULL,
		     best_label = best && strstr(best->left, "TOTAL");
		if (!best || label > best_label || (label == best_label && a->a.minor > best->a.minor))
			best = a;
	}
	if (!best)
		return NULL;
	return arena_strndup(mem, p->sheet->segs[best->seg].text + best->a.start,
	                     best->a.end - best->a.start);
}

static bool
is_street(const char *canon)
{
	static const char *const words[] = {"JALAN", "JLN", "LOT", "TAMAN", "NO", "LORONG"};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_has_word(canon, words[i]))
			return true;
	return false;
}

/* From the first line with a street to the first with a state, six lines at most. */
static enum err
address(const struct sheet *s, struct arena *mem, const char **ret, struct why *why)
{
	for (uint32_t i = 0; i < s->n && i < 15; i++) {
		if (!is_street(s->segs[i].canon))
			continue;
		uint32_t last = i;
		for (uint32_t j = i; j < s->n && j < i + 6; j++)
			if (pattern_in(PATTERN_STATE_WORD, s->segs[j].canon)) {
				last = j;
				break;
			}
		const struct passage run = passage_of(s, i, last);
		return passage_text(s, &run, false, mem, ret, why);
	}
	*ret = NULL;
	return ERR_NONE;
}

enum err
baseline_answer(const struct paper *p, enum field_id field, struct arena *mem, const char **ret,
                struct why *why)
{
	switch (field) {
	case FIELD_MERCHANT:
		*ret = merchant(p->sheet);
		return ERR_NONE;
	case FIELD_DATE:
		*ret = date(p, mem);
		return ERR_NONE;
	case FIELD_ADDRESS:
		return address(p->sheet, mem, ret, why);
	case FIELD_TOTAL:
		*ret = total(p, mem);
		return ERR_NONE;
	case FIELD_COUNT:
		break;
	}
	BUG("no such field");
}
