/* sqlite_errands.h: errands that are made in the transaction of what causes them. */
#ifndef DOCKET_SQLITE_ERRANDS_H
#define DOCKET_SQLITE_ERRANDS_H

#include "sqlite_store.h"

enum err insert_errand(struct connection *c, const struct errand *e, struct why *why) MUST_CHECK;
/* The job has come to its end: an errand for each webhook of its owner that asks for that. */
enum err tell_webhooks(struct connection *c, struct uuid job, enum webhook_event event, struct why *why)
    MUST_CHECK;

#endif
