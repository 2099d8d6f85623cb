#include "commands.h"
#include "own.h"
#include "service.h"

static int
run(int argc, char **argv)
{
	static const char doc[] =
	    "Run everything on this machine: the app and its API, the worker, the parsers and "
	    "ml-inference, until SIGTERM or Ctrl-C.";
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = doc}, argc, argv, &status))
		return status;
	return service_run("up", SERVICE_API | SERVICE_WORKER | SERVICE_INFERENCE, &inv);
}

const struct command command_up = {"up", "run everything on this machine", run};
