/* program.h: programs of ours that meet strangers, each a process of its own.
 *
 * A child gets no environment but `environment`, no descriptor but those of `fds`, no signal that is blocked
 * or ignored, and a process group of its own, by which it can be ended with all that it starts.
 */
#ifndef DOCKET_PROGRAM_H
#define DOCKET_PROGRAM_H

#include "err.h"

#include <sys/types.h>

/* fds[i] becomes the child's descriptor i; -1 is /dev/null. At most 8. ERR_BROKEN: it does not start. */
enum err program_start(const char *program, char *const argv[], char *const environment[], const int *fds,
                       size_t n_fds, pid_t *ret, struct why *why) MUST_CHECK;
/* The path of `name` in the folder that this program lies in. free() it. */
char *program_beside_us(const char *name);

#endif
