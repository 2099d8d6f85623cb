/* result.h: the door of result: what a `docket.result/1` says, and what becomes of it when a person
 * knows better.
 *
 * The vocabulary (fields.tbl.h, types.tbl.h) is everybody's: ml-inference fills it, the worker checks and
 * lists it, the api takes corrections of it. Pure functions over JSON; nothing here waits or keeps state.
 * "New references" are the caller's; everything else is borrowed from what was given.
 */
#ifndef DOCKET_RESULT_H
#define DOCKET_RESULT_H

#include "arena.h"
#include "err.h"

#include <jansson.h>
#include <stdint.h>

enum value_type { VALUE_TEXT, VALUE_DATE, VALUE_TIME, VALUE_MONEY, VALUE_CODE, VALUE_NUMBER };
/* False: there is no such field. */
bool result_field_type(const char *name, enum value_type *ret);
bool result_is_doc_type(const char *name);

/* ---- what can be told about a result from itself ----
 *
 * A check is {"id", "ok", ...figures}; one that has nothing to compare is absent. A review is
 * {"needed", "reasons", "fields"}: stable words for the app to translate. What a person has said is
 * in no doubt. `today`: a calendar date, "2026-11-24". New references.
 */
#define RESULT_DATE_LEN 11
/* Of the zone that is furthest ahead (UTC+14): where a paper was printed is not known, and no later date
 * than this has begun anywhere. */
void result_today(char ret[static RESULT_DATE_LEN]);
json_t *result_checks(const json_t *fields, const json_t *line_items, const char *today);
struct result_doubts {
	bool poor_picture, no_text; /* known from the pages alone */
	const json_t *cleared;      /* array of names of fields that a person says are not there; or NULL */
};
json_t *result_review(const char *doc_type, const json_t *fields, const json_t *checks,
                      const struct result_doubts *d);

/* What lists and the digest show of a result; NULL where it does not say. */
struct result_facts {
	const char *doc_type, *merchant, *date, *total, *currency, *due_date, *category;
};
struct result_facts result_facts(const json_t *result);

/* ---- corrections ----
 *
 * Each has a path: "doc_type", "line_items" (the list as a whole), or a field's name. At most one of a
 * path is in force. What the machine found stays as it is; corrections are laid over it whenever it
 * is shown, so that a new reading of the same paper cannot undo them.
 */
struct result_change {
	const char *path;
	bool undo;      /* back to what was read */
	json_t *after;  /* what is laid over it; NULL with `undo`; JSON null: it is not there */
	json_t *before; /* what was shown; NULL: nothing */
	json_t *region; /* {"page", "polygon"}: where the person saw it; NULL */
};
struct result_changes {
	struct result_change *list;
	size_t n;
};
#define RESULT_CHANGES_MAX 100
#define RESULT_ITEMS_MAX   500
void result_changes_free(struct result_changes *c); /* as OWNED wants it; paths are the body's */

/* Reads a stranger's wish, against the result as it is shown now:
 *
 *	{"doc_type": "invoice",
 *	 "fields": {"total": {"value": {"amount": "17.50", "currency": "EUR"}, "region": {...}},
 *	            "due_date": null},
 *	 "line_items": [{"of": 1, "amount": {"amount": "2.40"}}, {"description": "Milk", ...}],
 *	 "undo": ["date"]}
 *
 * An item with "of" goes on from the n-th one shown, and only what it names changes; null takes a cell
 * away. Items that nobody goes on from are gone. ERR_INVALID names the member. */
enum err result_changes_read(const json_t *body, const json_t *shown, struct result_changes *ret,
                             struct why *why) MUST_CHECK;

struct result_correction {
	const char *path;
	json_t *after; /* as in struct result_change */
	int64_t made_ms;
};
/* Changes `result` in place: values, checks, review, and the list "corrections". */
void result_overlay(json_t *result, const struct result_correction *c, size_t n, const char *today);

#endif
