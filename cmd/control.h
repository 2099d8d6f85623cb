/* control.h: a running service's ear for commands of the same user on the same machine: a UNIX socket in the
 * data folder. SQLite has one owner, so what changes rows while the service runs must ask it to. */
#ifndef DOCKET_CONTROL_H
#define DOCKET_CONTROL_H

#include "buf.h"
#include "json_own.h"
#include "settings.h"

#define CONTROL_MAX (1024 * 1024) /* of a question and of an answer */

struct control;
/* `answer` runs on the socket's thread, one question at a time. */
typedef enum err control_answer(void *arg, const json_t *question, struct buf *out, struct why *why);
enum err control_start(const struct settings *s, control_answer *answer, void *arg, struct control **ret,
                       struct why *why) MUST_CHECK;
void control_stop(struct control **c);

/* Ask the service that has this data folder open. What it refused comes back as its error. */
enum err control_ask(const struct settings *s, const json_t *question, struct buf *ret, struct why *why)
    MUST_CHECK;

#endif
