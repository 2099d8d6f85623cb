/* facts.h: fields that rules find: labelled numbers, sums with their labels, and what a code on the
 * paper says. A code outranks whatever was read: machines wrote it for machines.
 */
#ifndef DOCKET_ML_FACTS_H
#define DOCKET_ML_FACTS_H

#include "kind.h"
#include "reading.h"

#include <jansson.h>

enum fact_id {
#define X(id, name, type, kinds, how) FACT_##id,
#include "fields.tbl.h"
#undef X
	FACT_COUNT
};
extern const char *const fact_names[FACT_COUNT];
extern const char *const fact_types[FACT_COUNT]; /* "text", "date", ... */

struct fact {
	const char *value;    /* as printed; NULL: not found */
	const char *code;     /* TEXT, CODE, TIME, DATE: the normal form */
	int64_t minor;        /* MONEY */
	const char *currency; /* MONEY: if known */
	double confidence;
	double proof;                  /* what was found is worth, however surely it was read */
	const char *source;            /* "rule" or "qr" */
	const char *english, *russian; /* why */
	struct box box;
	int32_t page;
	bool has_box;
};
struct facts {
	struct fact f[FACT_COUNT];
};

/* Whether papers of this kind have the field (fields.tbl.h). A paper of an unknown kind may have any. */
bool facts_fit(enum fact_id id, enum paper_type kind);

/* `total` in minor units, or INT64_MIN: what sums must fit. */
enum err facts_by_rule(const struct reading *r, int64_t total, struct arena *mem, struct facts *ret,
                       struct why *why) MUST_CHECK;
/* Wherever this day stands on the paper it is the one to pay by, or one of an earlier debt: not the paper's.
 */
bool facts_date_is_another(const struct reading *r, const struct date *day);
/* Whom a paper is for and the category of what was paid for, added to *to. */
enum err facts_about(const struct reading *r, struct arena *mem, struct facts *to, struct why *why)
    MUST_CHECK;
/* What QR codes say: Russian fiscal receipts, ST00012, EPC, Swiss QR bills. */
enum err facts_by_code(const struct document_text *doc, struct arena *mem, struct facts *ret, struct why *why)
    MUST_CHECK;

#endif
