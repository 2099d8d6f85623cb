#include "evidence.h"

#include "json_own.h"

#define MOST_REASONS 3

struct phrase {
	const char *feature; /* the name, or its end after the dot */
	bool needs_value;    /* speaks only when the feature is not 0 */
	const char *english;
};
static const struct phrase phrases[] = {
    {"p", false, "the words around it"},
    {"p_sum", false, "the words around all its occurrences"},
    {"p_share", false, "no other amount has such words around it"},
    {"left.TOTAL", true, "TOTAL stands before it"},
    {"most.22", true, "TOTAL stands before it"},
    {"left.CASH", true, "CASH stands before it"},
    {"down.CASH", true, "CASH stands in the next row"},
    {"down.CHANGE", true, "CHANGE stands in the next row"},
    {"left.AMOUNT", true, "AMOUNT stands before it"},
    {"TOTAL_above", true, "TOTAL stands above it"},
    {"is_largest", true, "it is the largest amount"},
    {"share_of_largest", true, "its size among the amounts"},
    {"rank", false, "its size among the amounts"},
    {"cash_minus_change", true, "cash minus change agrees"},
    {"net_plus_tax", true, "net plus tax agrees"},
    {"tax_inside", true, "the tax printed fits it"},
    {"sum_of_two", true, "two other amounts add up to it"},
    {"sum_before", true, "the amounts before it add up"},
    {"occurrences", true, "how often it stands there"},
    {"height", true, "the size of its letters"},
    {"highest", true, "the size of its letters"},
    {"share_of_highest", true, "the size of its letters"},
    {"is_highest", true, "it has the largest letters"},
    {"DATE_left", true, "DATE stands before it"},
    {"DATE_above", true, "DATE stands above it"},
    {"time_right", true, "a time follows it"},
    {"y", false, "its place on the page"},
    {"row", false, "its place on the page"},
    {"line.segment", false, "its place on the page"},
    {"p_merchant", false, "it reads like a company's name"},
    {"p_of_best", false, "no other line reads more like a company's name"},
    {"p_address", false, "it reads like an address"},
    {"odds_sum", false, "its lines read like an address"},
    {"odds_least", false, "its lines read like an address"},
    {"odds_mean", false, "its lines read like an address"},
    {"odds_before", false, "the line before does not belong to it"},
    {"odds_after", false, "the line after does not belong to it"},
    {"legal_end", true, "it ends in a company's legal form"},
    {"postcodes", true, "it has a postcode"},
    {"last.postcodes", true, "it has a postcode"},
    {"state_last", true, "it ends in a state or country"},
    {"next.long_number", true, "a number of registration or telephone follows"},
};

static const struct phrase *
find_phrase(const char *name)
{
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (strcmp(name, phrases[i].feature) == 0 ||
		    (dot && strcmp(dot + 1, phrases[i].feature) == 0))
			return &phrases[i];
	return NULL;
}

/* The names once more: cheap beside the trees, and never out of step with them. */
static enum err
split_names(enum field_id field, char *names[], size_t cap, struct buf *text, struct why *why)
{
	TRY(candidates_feature_names(field, text, why));
	char *rest = text->data;
	for (size_t i = 0; i < cap && rest; i++)
		names[i] = strsep(&rest, "\n");
	return ERR_NONE;
}

enum err
evidence_write(const struct predictor *p, enum field_id field, const struct choice *c, struct buf *out,
               struct why *why)
{
	float part[CANDIDATES_MAX_FEATURES + 1];
	char *names[CANDIDATES_MAX_FEATURES];
	OWNED(buf_free) struct buf text = buf_init(64 * KIB);
	size_t n = c->all.n_features;
	const float *x = c->all.x + (size_t)c->order[0] * n;
	TRY(split_names(field, names, n, &text, why));
	TRY(booster_explain(p->field[field], x, n, part, why));
	const struct phrase *said[MOST_REASONS];
	size_t n_said = 0;
	while (n_said < MOST_REASONS) {
		size_t best = n;
		for (size_t i = 0; i < n; i++)
			if (part[i] > 0.05f && (best == n || part[i] > part[best]))
				best = i;
		if (best == n)
			break;
		part[best] = 0;
		const struct phrase *f = find_phrase(names[best]);
		bool again = !f || (f->needs_value && x[best] == 0);
		for (size_t i = 0; i < n_said && !again; i++)
			again = strcmp(said[i]->english, f->english) == 0;
		if (!again)
			said[n_said++] = f;
	}
	for (size_t i = 0; i < n_said; i++)
		buf_printf(out, "%s%s", i ? "; " : "", said[i]->english);
	if (n_said == 0)
		buf_puts(out, "the most likely of what stands there");
	if (c->mended)
		buf_puts(out, "; spelt as this sender is known");
	if (out->data && out->data[0] >= 'a' && out->data[0] <= 'z')
		out->data[0] = (char)(out->data[0] - 32);
	return ERR_NONE;
}
