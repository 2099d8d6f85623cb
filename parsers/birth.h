/* birth.h: how a docket-parse that has loaded everything bears parsers: the other side of nursery.h. */
#ifndef DOCKET_BIRTH_H
#define DOCKET_BIRTH_H

#include "err.h"
#include "wire.h"

#include <sys/types.h>

#define NURSERY_NAME "docket-nursery"
#define PARSER_NAME  "docket-parse"

/* ERR_BROKEN where there is another thread: what it holds, a child would wait for for ever. */
enum err birth_prepare(struct why *why) MUST_CHECK;

/* Answers each BEAR on `socket` by a child of `parent`, our own parent. Returns in each of these, with what
 * it is to be and the socket its own; and never in the nursery, which ends when nobody is left to ask. */
struct wire_bear birth_await(int socket, pid_t parent);

#endif
