/* audit.h: the part of storage's door for the audit: who did what to which thing, when, from where.
 *
 * Entries are never changed or deleted and are chained by hashes. They name things and what of them was
 * changed, never contents: what a correction was before and after stands with the correction, and goes when
 * its owner goes. Calls, lifetime and failure as in storage.h.
 */
#ifndef DOCKET_AUDIT_H
#define DOCKET_AUDIT_H

#include "storage.h"

/* Whoever calls storage on this thread acts for somebody at this address, until it says otherwise. It is kept
 * by address and must live that long; NULL: nobody's. */
void storage_acts_for(const char *address);

/* Somebody read something: noted soon, at most once in ten minutes for the same reader and thing, and not
 * waited for. What was noted in the last second may be lost when the machine fails. */
enum err storage_audit_read(struct storage *st, struct uuid user, const char *action, const char *object,
                            const char *request_id, struct why *why) MUST_CHECK;

struct audit_entry {
	int64_t n, at_ms;
	struct uuid user_id; /* who; nil: nobody that is known */
	const char *action;  /* "document.deleted" */
	const char *object;  /* an id; NULL where there is none */
	const char *detail;  /* what of it, names with commas between, "-" before what was undone; NULL */
	const char *address, *request_id; /* NULL where there is none */
};
struct audit_page {
	const struct audit_entry *entries;
	size_t n;
	bool more; /* continue with before = the last one's n */
};
/* One person's entries, or with a nil `user` everybody's; newest first; `before` 0: from the newest. */
enum err storage_audit_list(struct storage *st, struct uuid user, int64_t before, int32_t limit,
                            struct arena *mem, struct audit_page *ret, struct why *why) MUST_CHECK;

struct audit_proof {
	int64_t entries, unchained; /* unchained: from before there was a chain */
	int64_t broken_n;           /* the first entry that does not fit; 0: all do */
	int64_t last_n;
	char last_hash[65]; /* note it: with it a cut at the end shows, too */
};
/* Reads all of it. */
enum err storage_audit_verify(struct storage *st, struct audit_proof *ret, struct why *why) MUST_CHECK;

#endif
