/* sandbox.h: what is left to a process once it is closed in.
 *
 * SANDBOX_STRICT: memory, its socket, the clock. No file can be opened at all: enough for pictures.
 * SANDBOX_READ:   the same, and files below the model and font folders may be opened for reading,
 *                 which Poppler needs for fonts that a PDF does not carry. Needs Landlock; without it
 *                 every open() is answered with "permission denied".
 * Anything else (network, new processes, executable memory, ptrace, ...) kills the process at once.
 * SANDBOX_STRICT may follow SANDBOX_READ, never the other way. Both hold for all threads that there are.
 */
#ifndef DOCKET_SANDBOX_H
#define DOCKET_SANDBOX_H

#include "err.h"

#include <stdint.h>

enum sandbox_level { SANDBOX_READ, SANDBOX_STRICT };
enum { SANDBOX_SECCOMP = 1, SANDBOX_LANDLOCK = 2, SANDBOX_NO_NEW_PRIVS = 4, SANDBOX_RLIMITS = 8 };

struct sandbox_limits {
	int64_t memory;     /* bytes of address space on top of what is mapped now */
	int64_t cpu_s;      /* seconds of CPU time */
	int64_t file;       /* bytes of a memory file */
	const char *models; /* a folder that may be read; NULL: none besides the usual ones */
	/* Starts the process's threads, when they are born confined and can be started still; NULL: none. */
	enum err (*threads)(void *arg, struct why *why);
	void *arg;
};

/* No new privileges, and what it holds is not for others of its user to look at. False: not all of it. */
bool sandbox_renounce(void);
/* That too. Sets in `ret` which of the layers are in force; a layer that the kernel does not offer is left
 * out. */
enum err sandbox_close(enum sandbox_level level, const struct sandbox_limits *limits, uint32_t *ret,
                       struct why *why) MUST_CHECK;

/* Does one forbidden thing by name, which must be this process's death: "open", "socket", ... Returns only
 * when the sandbox did not hold, or does not know the name. For `docket-parse --self-test`. */
void sandbox_trespass(const char *what);
extern const char *const sandbox_trespasses[]; /* all of the names, NULL at the end */

#endif
