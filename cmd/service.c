#include "service.h"

#include "api.h"
#include "child.h"
#include "clock.h"
#include "control.h"
#include "fdio.h"
#include "inference.h"
#include "model_card.h"
#include "observe.h"
#include "own.h"
#include "parsers.h"
#include "places.h"
#include "reports.h"
#include "service_metrics.h"
#include "signals.h"
#include "storage.h"
#include "trace.h"
#include "traces.h"
#include "user_orders.h"
#include "worker.h"

#include <signal.h>
#include <stdatomic.h>

/* Of the 30 s that a stop may take: the worker's grace (20 s by default) stands between these. */
#define API_GRACE_MS   3000
#define CHILD_GRACE_MS 3000

/* The web app, where it has been built into the program. */
#ifdef DOCKET_WEB_ASSETS
#include "web_assets.h"
#define WEB_ASSETS web_assets
#else
#define WEB_ASSETS NULL
#endif

struct service {
	const char *name;
	unsigned parts;
	const struct invocation *inv;
	const struct settings *settings;
	struct log *log;
	struct storage *storage;
	struct parser_pool *parsers;
	struct inference_client *inference;
	struct worker *worker;
	struct api *api;
	struct admin *admin;
	struct control *control;
	struct child child;
	char *child_argv[2 * ARRAY_LEN(((struct invocation *)0)->flags) + 10];
	char child_names[ARRAY_LEN(((struct invocation *)0)->flags)][72];
	char inference_address[PLACE_MAX], presence[PLACE_MAX];
	const char *inference_at; /* where the worker asks */
	char *mail_password, *published;
	_Atomic bool stopping;
};

static enum err
is_ready(void *arg, struct why *why)
{
	struct service *s = arg;
	storage_in_a_hurry(); /* whoever asks wants to know whether it can commit now */
	if (atomic_load(&s->stopping))
		return fail(why, ERR_STOPPING, "told to stop");
	return storage_ready(s->storage, why);
}

static enum err
costs_page(void *arg, const struct admin_query *q, struct buf *out, struct why *why)
{
	const struct service *s = arg;
	return report_costs(&(struct report_source){s->storage, s->settings}, q, out, why);
}

static enum err
outcomes_page(void *arg, const struct admin_query *q, struct buf *out, struct why *why)
{
	const struct service *s = arg;
	return report_outcomes(&(struct report_source){s->storage, s->settings}, q, out, why);
}

static const struct admin_page report_pages[] = {
    {"/reports/costs", costs_page}, {"/reports/outcomes", outcomes_page}, {NULL, NULL}};

/* The child gets our own command line, then what must differ: the last of two flags wins. */
static void
describe_inference(struct service *s)
{
	size_t n = 0;
	s->child_argv[n++] = (char *)"docket";
	s->child_argv[n++] = (char *)"inference";
	if (s->inv->config) {
		s->child_argv[n++] = (char *)"--config";
		s->child_argv[n++] = (char *)s->inv->config;
	}
	for (size_t i = 0; i < s->inv->n_flags; i++) {
		snprintf(s->child_names[i], sizeof s->child_names[i], "--%s", s->inv->flags[i].name);
		s->child_argv[n++] = s->child_names[i];
		s->child_argv[n++] = (char *)s->inv->flags[i].value;
	}
	s->child_argv[n++] = (char *)"--admin-listen";
	s->child_argv[n++] = (char *)"";
	s->child_argv[n++] = (char *)"--inference-listen";
	s->child_argv[n++] = s->inference_address;
	s->child_argv[n] = NULL;
	s->child = (struct child){.name = "inference", .argv = s->child_argv};
}

static enum err
start_storage(struct service *s, struct why *why)
{
	struct place_storage urls;
	struct storage_options o = place_storage(s->settings, &urls);
	TRY(storage_open(&o, &s->storage, why));
	struct secret_state secrets = storage_secrets(s->storage);
	if (secrets.lost > 0)
		log_event(s->log, LOG_ERROR, "secrets.lost", F_INT("secrets", secrets.lost),
		          F_STR("key", secrets.lost_key));
	return ERR_NONE;
}

/* SQLite has one owner: commands that change rows ask it. Others open PostgreSQL themselves. */
static enum err
answer_command(void *arg, const json_t *question, struct buf *out, struct why *why)
{
	struct service *s = arg;
	return user_order(s->storage, s->settings, question, out, why);
}

static enum err
start_control(struct service *s, struct why *why)
{
	if (place_is_shared(s->settings))
		return ERR_NONE;
	return control_start(s->settings, answer_command, s, &s->control, why);
}

static enum err
start_api(struct service *s, struct why *why)
{
	if (s->settings->api_public_status)
		s->published = model_card(s->settings);
	const struct api_options o = {.storage = s->storage,
	                              .settings = s->settings,
	                              .assets = WEB_ASSETS,
	                              .media_type = document_media_type,
	                              .published = s->published};
	TRY(api_start(&o, &s->api, why));
	log_event(s->log, LOG_INFO, "api.listening", F_STR("address", s->settings->api_listen),
	          F_INT("port", api_port(s->api)));
	return ERR_NONE;
}

static int32_t
worker_slots(const struct settings *t)
{
	return t->worker_slots > 0 ? (int32_t)t->worker_slots : place_cores(t);
}

/* The first line of its file: never on a command line, in the environment or in the log. */
static enum err
read_mail_password(struct service *s, struct why *why)
{
	size_t n;
	if (!s->settings->mail_password_file[0])
		return ERR_NONE;
	TRY(file_read(s->settings->mail_password_file, 4096, &s->mail_password, &n, why));
	s->mail_password[strcspn(s->mail_password, "\r\n")] = '\0';
	return ERR_NONE;
}

static struct errand_options
errand_options(const struct service *s)
{
	const struct settings *t = s->settings;
	return (struct errand_options){.smtp = t->mail_smtp,
	                               .mail_from = t->mail_from,
	                               .mail_user = t->mail_user,
	                               .mail_password = s->mail_password ? s->mail_password : "",
	                               .mail_tls = t->mail_tls,
	                               .webhook_private = t->webhook_private,
	                               .max_attempts = (int32_t)t->errand_max_attempts,
	                               .backoff_ms = t->errand_backoff};
}

static enum err
start_worker(struct service *s, struct why *why)
{
	const struct settings *t = s->settings;
	int32_t slots = worker_slots(t);
	struct parser_options p = place_parsers(t);
	p.warm = (int32_t)t->parser_warm;
	p.max_running = slots;
	TRY(parser_pool_start(&p, &s->parsers, why));
	TRY(inference_client_open(s->inference_at, t->inference_key_file, t->inference_timeout, &s->inference,
	                          why));
	struct price_table prices;
	TRY(price_table_read(t, &prices, why));
	TRY(read_mail_password(s, why));
	/* SQLite has one owner, and so one worker. */
	if (place_is_shared(t))
		snprintf(s->presence, sizeof s->presence, "%s/workers", t->general_data);
	const struct worker_options w = {.storage = s->storage,
	                                 .parsers = s->parsers,
	                                 .inference = s->inference,
	                                 .presence = s->presence[0] ? s->presence : NULL,
	                                 .slots = slots,
	                                 .scaling = t->worker_scaling,
	                                 .target_wait_ms = t->worker_target_wait,
	                                 .scale_in_ms = t->worker_scale_in,
	                                 .lease_ms = t->worker_lease,
	                                 .job_deadline_ms = t->worker_job_deadline,
	                                 .trash_ms = t->worker_trash,
	                                 .keys_ms = t->api_idempotency_life,
	                                 .archives_ms = t->account_archive_life,
	                                 .errands_ms = t->errand_life,
	                                 .stop_grace_ms = t->worker_stop_grace,
	                                 .result_limit_ms = t->slo_result_limit,
	                                 .errands = errand_options(s),
	                                 .max_mail_depth = (int32_t)t->parser_max_mail_depth,
	                                 .trace_slow_ms = t->trace_slow,
	                                 .prices = prices};
	return worker_start(&w, &s->worker, why);
}

static enum err
start(struct service *s, struct why *why)
{
	TRY(traces_start(s->settings, s->name, why));
	TRY(place_inference(s->settings, s->inference_address, why));
	bool elsewhere = s->settings->inference_at[0] && !(s->parts & SERVICE_INFERENCE);
	s->inference_at = elsewhere ? s->settings->inference_at : s->inference_address;
	TRY(dir_make(s->settings->general_data, why));
	/* Storage first: it refuses a data folder that another process has open. */
	TRY(start_storage(s, why));
	if (s->parts & SERVICE_INFERENCE) {
		describe_inference(s);
		child_start(&s->child, s->log); /* loads its model while we go on */
	}
	TRY(start_control(s, why));
	if (s->parts & SERVICE_API)
		TRY(start_api(s, why));
	if (s->parts & SERVICE_WORKER)
		TRY(start_worker(s, why));
	const struct service_sources sources = {.storage = s->storage,
	                                        .parsers = s->parsers,
	                                        .max_parsers = worker_slots(s->settings),
	                                        .settings = s->settings,
	                                        .ready = is_ready,
	                                        .ready_arg = s};
	TRY(service_metrics_start(&sources, why));
	if (s->settings->admin_listen[0]) {
		TRY(admin_start(s->settings->admin_listen, is_ready, report_pages, s, &s->admin, why));
		log_event(s->log, LOG_INFO, "admin.listening", F_STR("address", s->settings->admin_listen),
		          F_INT("port", admin_port(s->admin)));
	}
	return ERR_NONE;
}

/* Until a signal says stop. */
static int
wait_for_stop(struct service *s, int signals)
{
	for (;;) {
		int sig = signals_next(signals, child_due(&s->child));
		if (sig == SIGTERM || sig == SIGINT)
			return sig;
		child_tend(&s->child, s->log);
	}
}

/* Nobody new comes in, what runs gets its time, and storage closes last. */
static void
stop(struct service *s)
{
	atomic_store(&s->stopping, true);
	control_stop(&s->control);
	api_drain(s->api, s->settings->api_drain);
	api_stop(&s->api, API_GRACE_MS);
	worker_stop(&s->worker);
	service_metrics_stop();
	admin_stop(&s->admin);
	parser_pool_stop(&s->parsers);
	inference_client_close(&s->inference);
	child_stop(&s->child, CHILD_GRACE_MS, s->log);
	storage_close(&s->storage);
	mem_free(&s->mail_password);
	mem_free(&s->published);
	trace_stop();
}

int
service_run(const char *name, unsigned parts, const struct invocation *inv)
{
	int64_t begun = clock_steady_ms();
	int signals = signals_open();
	struct service s = {.name = name, .parts = parts, .inv = inv, .settings = &inv->settings};
	if (!log_set_level(s.settings->log_level))
		return command_failed(ERR_INVALID, &(struct why){"log-level is debug, info, warn or error"});
	OWNED(log_close) struct log *log = s.log = log_root("cmd");
	log_event(log, LOG_INFO, "process.started", F_STR("version", DOCKET_VERSION), F_STR("command", name),
	          F_INT("pid", getpid()));
	struct why why = {""};
	enum err e = start(&s, &why);
	if (e != ERR_NONE) {
		log_event(log, LOG_ERROR, "process.failed", F_ERR(e, &why));
		stop(&s);
		return command_failed(e, &why);
	}
	log_event(log, LOG_INFO, "process.ready", F_INT("ms", clock_steady_ms() - begun));
	int sig = wait_for_stop(&s, signals);
	log_event(log, LOG_INFO, "process.stopping", F_INT("signal", sig));
	signals_let_through();
	stop(&s);
	log_event(log, LOG_INFO, "process.stopped");
	return EXIT_SUCCESS;
}
