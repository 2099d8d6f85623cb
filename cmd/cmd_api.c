#include "commands.h"
#include "own.h"
#include "service.h"

static int
run(int argc, char **argv)
{
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = "Serve the app and its API."}, argc, argv,
	                     &status))
		return status;
	return service_run("api", SERVICE_API, &inv);
}

const struct command command_api = {"api", "serve only the app and its API", run};
