/* job_json.h: jobs and documents as the API shows them. */
#ifndef DOCKET_JOB_JSON_H
#define DOCKET_JOB_JSON_H

#include "library.h"
#include "request.h"

void job_json(struct buf *out, const struct job *job);
void document_json(struct buf *out, const struct document *d);
/* The same with those that hung on it. */
void document_with_parts_json(struct buf *out, const struct document *d, const struct document_page *parts);
/* The same with what only lists know: the hit of a query, the document it repeats. */
void found_json(struct buf *out, const struct found_document *f);
bool job_is_final(enum job_state s);
/* "7" with its quotes. */
#define ETAG_LEN 96
void job_etag(const struct job *job, char ret[static ETAG_LEN]);
/* 202 with Location and Retry-After: what upload, retry and cancel answer. */
void answer_accepted(struct request *rq, const struct job *job);

#endif
