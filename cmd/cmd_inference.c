#include "commands.h"
#include "fdio.h"
#include "inference.h"
#include "observe.h"
#include "own.h"
#include "places.h"
#include "signals.h"
#include "trace.h"
#include "traces.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* inference_serve() wants a descriptor that becomes readable when it is time to stop; the signals'
 * own would also wake it for a SIGHUP. */
struct stopper {
	int signals, to_server;
};

static void *
pass_on_stop(void *arg)
{
	struct stopper *s = arg;
	int sig;
	do {
		sig = signals_next(s->signals, -1);
	} while (sig != SIGTERM && sig != SIGINT);
	struct why why;
	if (fd_write_all(s->to_server, "x", 1, &why) != ERR_NONE)
		BUG("a pipe of our own: %s", why.text);
	return NULL;
}

static enum err
serve(const struct settings *s, int signals, struct why *why)
{
	char address[PLACE_MAX], models[PLACE_MAX];
	TRY(place_inference(s, address, why));
	place_models(s, models);
	if (!s->inference_listen[0])
		TRY(dir_make(s->general_data, why));
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(why, ERR_BROKEN, "pipe");
	static struct stopper stopper; /* outlives us: the thread is never joined */
	stopper = (struct stopper){signals, ends[1]};
	pthread_t thread;
	if (pthread_create(&thread, NULL, pass_on_stop, &stopper) != 0)
		return fail(why, ERR_BROKEN, "no thread for signals");
	pthread_detach(thread);
	const struct inference_options o = {.listen = address,
	                                    .key_file = s->inference_key_file,
	                                    .models = models,
	                                    .pin = s->inference_model,
	                                    .shadow = s->inference_shadow,
	                                    .admin = s->admin_listen,
	                                    .stop_fd = ends[0]};
	TRY(traces_start(s, "inference", why));
	enum err e = inference_serve(&o, why);
	trace_stop();
	return e;
}

static int
run(int argc, char **argv)
{
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = "Answer what documents are and say."},
	                     argc, argv, &status))
		return status;
	struct why why = {"log-level is debug, info, warn or error"};
	if (!log_set_level(inv.settings.log_level))
		return command_failed(ERR_INVALID, &why);
	enum err e = serve(&inv.settings, signals_open(), &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

const struct command command_inference = {"inference", "only answer what documents are and say", run};
