/* account_export.h: everything of one person as one zip, written as it is made: no file, no size, no number
 * of documents is held whole. */
#ifndef DOCKET_ACCOUNT_EXPORT_H
#define DOCKET_ACCOUNT_EXPORT_H

#include "observe.h"
#include "storage.h"

/* account.json, documents.jsonl, corrections.jsonl, originals/ID name, results/JOB.json (as it was read),
 * audit/, and missing.txt with the originals that storage has lost. ERR_ABSENT: there is no such user. */
enum err account_export(struct storage *st, struct uuid user, struct log *log, struct blob *ret,
                        struct why *why) MUST_CHECK;

#endif
