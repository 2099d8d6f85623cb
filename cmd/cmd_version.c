#include "commands.h"

#include "own.h"

#include <stdlib.h>

static int
run(int argc, char **argv)
{
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = "Tell the version."}, argc, argv, &status))
		return status;
	printf("docket %s\n", DOCKET_VERSION);
	return EXIT_SUCCESS;
}

const struct command command_version = {"version", "tell the version", run};
