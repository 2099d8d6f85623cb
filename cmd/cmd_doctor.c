/* docket doctor: will it work here? One line a check; exit status 1 if anything is wrong. */
#include "commands.h"

#include "document.h"
#include "fdio.h"
#include "inference.h"
#include "json_own.h"
#include "own.h"
#include "parsers.h"
#include "places.h"
#include "storage.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#define LITTLE_ROOM (1 * GIB)

enum verdict { FINE, DOUBTFUL, WRONG };

static int
say(enum verdict v, const char *what, const char *thing, const char *detail)
{
	static const char *const words[] = {"ok", "look", "WRONG"};
	printf("%-6s %-10s %s%s%s\n", words[v], what, thing, *thing && *detail ? ": " : "", detail);
	return v == WRONG;
}

static int
check_versions(void)
{
	struct utsname u;
	char text[400];
	uname(&u);
	snprintf(text, sizeof text, "docket %s on %s %s, %s", DOCKET_VERSION, u.sysname, u.release,
	         u.machine);
	return say(FINE, "version", text, "");
}

static int
check_parsers(const struct settings *s)
{
	struct parser_options o = place_parsers(s);
	o.require_sandbox = false; /* to see what there is */
	struct parser_pool *pool = NULL;
	struct why why;
	if (parser_pool_start(&o, &pool, &why) != ERR_NONE)
		return say(WRONG, "parser", "does not start", why.text);
	struct parser_stats stats;
	parser_pool_stats(pool, &stats);
	parser_pool_stop(&pool);
	static const char *const layers[] = {"seccomp", "landlock", "no_new_privs", "rlimits"};
	char have[100] = "", missing[100] = "";
	for (size_t i = 0; i < ARRAY_LEN(layers); i++) {
		char *to = stats.sandbox & (1u << i) ? have : missing;
		size_t n = strlen(to);
		snprintf(to + n, 100 - n, "%s%s", n ? ", " : "", layers[i]);
	}
	int bad = say(FINE, "languages", s->parser_languages, "");
	if (!missing[0])
		return bad + say(FINE, "sandbox", have, "");
	return bad + say(s->parser_read_without_sandbox ? DOUBTFUL : WRONG, "sandbox",
	                 "not offered by this kernel", missing);
}

static int
check_model(const struct settings *s)
{
	char models[PLACE_MAX], text[300];
	struct model *model = NULL;
	struct why why;
	place_models(s, models);
	if (model_load(models, s->inference_model, &model, &why) != ERR_NONE)
		return say(WRONG, "model", models, why.text);
	OWNED(json_release) json_t *about = model_describe(model);
	snprintf(text, sizeof text, "%s %s, %.12s...", json_get_str(about, "name"),
	         json_get_str(about, "version"),
	         json_get_str(about, "sha256") ? json_get_str(about, "sha256") : "");
	model_free(&model);
	return say(FINE, "model", text, "");
}

/* May workers ask inference where they are told to, and is what they say sealed? Nobody is called. */
static int
check_line(const struct settings *s)
{
	char here[PLACE_MAX];
	struct inference_client *c = NULL;
	struct stat st;
	struct why why;
	enum err e = place_inference(s, here, &why);
	const char *at = s->inference_at[0] ? s->inference_at : here, *key = s->inference_key_file;
	if (e == ERR_NONE)
		e = inference_client_open(at, key, 1000, &c, &why);
	inference_client_close(&c);
	if (e != ERR_NONE)
		return say(WRONG, "inference", at, why.text);
	if (key[0] && stat(key, &st) == 0 && (st.st_mode & S_IROTH))
		return say(DOUBTFUL, "inference", key, "everybody on this machine may read it");
	return say(FINE, "inference", at, key[0] ? "sealed" : "on this machine");
}

/* Secrets of webhooks and second factors: are they sealed, and does our key open them? */
static int
check_secrets(const struct secret_state *s, const struct place_storage *urls)
{
	char text[200];
	struct stat st;
	if (!s->sealed)
		return say(DOUBTFUL, "secrets",
		           "stand in the database as they are: set storage.key_file, the same on all nodes",
		           "");
	if (s->lost > 0) {
		int64_t all = s->ours + s->lost;
		snprintf(
		    text, sizeof text,
		    "%lld of %lld secrets are sealed with another key (%s): put that file back, or set up "
		    "those webhooks and second factors anew",
		    (long long)s->lost, (long long)all, s->lost_key);
		return say(WRONG, "secrets", urls->key_file, text);
	}
	if (stat(urls->key_file, &st) == 0 && (st.st_mode & S_IROTH))
		return say(DOUBTFUL, "secrets", urls->key_file, "everybody on this machine may read it");
	snprintf(text, sizeof text, "opens all %lld; keep a copy of it apart from backups",
	         (long long)s->ours);
	return say(FINE, "secrets", urls->key_file, text);
}

static int
check_storage(const struct settings *s)
{
	struct place_storage urls;
	struct storage_options o = place_storage(s, &urls);
	struct storage *st = NULL;
	struct why why;
	if (access(s->general_data, F_OK) != 0)
		return say(FINE, "storage", s->general_data, "will be made at the first start");
	enum err e = storage_open(&o, &st, &why);
	if (e == ERR_CONFLICT)
		return say(DOUBTFUL, "storage", "in use by a running docket, not looked into", "");
	if (e == ERR_NONE)
		e = storage_ready(st, &why);
	struct secret_state secrets = {.sealed = false};
	if (e == ERR_NONE)
		secrets = storage_secrets(st);
	storage_close(&st);
	char shown[PLACE_MAX];
	url_shown(urls.storage_url, shown, sizeof shown);
	if (e != ERR_NONE)
		return say(WRONG, "storage", shown, why.text);
	return say(FINE, "storage", shown, "opens, is whole, can commit") + check_secrets(&secrets, &urls);
}

static int
check_room(const struct settings *s)
{
	struct statvfs fs;
	char text[100];
	const char *at = access(s->general_data, F_OK) == 0 ? s->general_data : ".";
	if (statvfs(at, &fs) != 0)
		return say(DOUBTFUL, "disk", at, "cannot be asked");
	uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;
	snprintf(text, sizeof text, "%.1f GiB free", (double)room / (double)GIB);
	return say(room < LITTLE_ROOM ? DOUBTFUL : FINE, "disk", at, text);
}

static int
run(int argc, char **argv)
{
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = "Check whether Docket can work here."},
	                     argc, argv, &status))
		return status;
	const struct settings *s = &inv.settings;
	int bad = check_versions() + check_parsers(s) + check_model(s) + check_line(s) + check_storage(s) +
	          check_room(s);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command command_doctor = {"doctor", "check whether it can work here", run};
