#include "commands.h"
#include "own.h"
#include "service.h"

static int
run(int argc, char **argv)
{
	static const char doc[] = "Take jobs from the queue; needs a running \"docket inference\".";
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = doc}, argc, argv, &status))
		return status;
	return service_run("worker", SERVICE_WORKER, &inv);
}

const struct command command_worker = {"worker", "only take jobs from the queue", run};
