/* command.h: one command of the program is one file and one literal.
 *
 * Every command takes every setting as a flag (--section-key VALUE), the short aliases of the most
 * common ones, and its own few options beside them.
 */
#ifndef DOCKET_COMMAND_H
#define DOCKET_COMMAND_H

#include "err.h"
#include "settings.h"

#include <argp.h>

struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv); /* argv[0] is "docket NAME"; returns the exit status */
};

enum { EXIT_USAGE = 64 };

/* A command line, read. */
struct invocation {
	struct settings settings;
	const char *config; /* NULL: none given */
	struct settings_flag flags[256];
	size_t n_flags;
	char **args; /* what is no option */
	int n_args;
};

/* What a command adds: its options (keys below 256), what to do with them, and a text for --help. */
struct command_syntax {
	const char *args, *doc; /* as argp's args_doc and doc */
	const struct argp_option *options;
	argp_parser_t parser; /* state->input is `own` */
	void *own;
	int min_args, max_args;
};

/* False: the reason has been printed and `*status` is the exit status (0 after --help). */
bool invocation_read(struct invocation *ret, const struct command_syntax *syntax, int argc, char **argv,
                     int *status);
void invocation_release(struct invocation *inv); /* as OWNED wants it */

/* No option may carry one, as every process of the machine can read our arguments: url_password(). */
#define PASSWORD_IN_ARGV                                                                    \
	"a password on the command line can be read by everybody on this machine: put the " \
	"address into the settings file or into DOCKET_GENERAL_STORAGE"

/* "docket: ..." on standard error; returns EXIT_FAILURE. */
int command_failed(enum err e, const struct why *why);

#endif
