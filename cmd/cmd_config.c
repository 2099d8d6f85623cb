#include "commands.h"
#include "own.h"

#include <stdlib.h>

static int
run(int argc, char **argv)
{
	static const char doc[] =
	    "Print every setting that is in force, what it means and where it came from, "
	    "in the form of a settings file.";
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = doc}, argc, argv, &status))
		return status;
	settings_print(&inv.settings, stdout);
	return EXIT_SUCCESS;
}

const struct command command_config = {"config", "print the settings in force", run};
