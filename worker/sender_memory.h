/* sender_memory.h: what a person's corrections teach about the senders of their papers.
 *
 * A pure function of the corrections in force and of the papers they were made on, learnt by ml-inference
 * and kept in storage with the version of the corrections it came from. When that has grown, it is learnt
 * anew: so a correction undone is a lesson forgotten. One person's, ever.
 */
#ifndef DOCKET_SENDER_MEMORY_H
#define DOCKET_SENDER_MEMORY_H

#include "storage.h"

/* JSON of MEMORY_SCHEMA, or NULL for somebody who has corrected nothing. Lives in `mem`. */
enum err sender_memory(struct storage *st, struct uuid user, struct arena *mem, const char **ret,
                       struct why *why) MUST_CHECK;

#endif
