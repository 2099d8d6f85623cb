#include "command.h"

#include "own.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

extern char **environ;

/* One argp option for each setting, then the aliases, then --config. */
enum { KEY_SETTING = 0x1000, KEY_CONFIG = 0x3000 };

static const struct {
	const char *section, *key, *text;
} listed[] = {
#define X(type, section, key, fallback, min, max, text) {#section, #key, text},
#include "settings.tbl.h"
#undef X
};
static const struct {
	const char *name, *setting, *arg, *text;
} aliases[] = {
    {"data", "general-data", "DIR", "Folder for the database and the files"},
    {"ocr", "ocr-engine", "NAME", "What reads pictures of text: tesseract or docket"},
    {"listen", "api-listen", "HOST:PORT", "Where the app and its API are served"},
    {"admin", "admin-listen", "HOST:PORT", "Where metrics and health are served; empty: nowhere"},
    {"storage", "general-storage", "URL", "sqlite: or postgresql://..."},
    {"blobs", "general-blobs", "URL", "file:DIR or s3://bucket?endpoint=..."},
};

#define N_LISTED  ARRAY_LEN(listed)
#define N_ALIASES ARRAY_LEN(aliases)
static char names[N_LISTED][64];
static struct argp_option options[N_LISTED + N_ALIASES + 2];

static void
make_options(void)
{
	struct argp_option *o = options;
	*o++ = (struct argp_option){"config", KEY_CONFIG, "FILE", 0, "Settings, [section] key = value", 1};
	for (size_t i = 0; i < N_ALIASES; i++)
		*o++ = (struct argp_option){aliases[i].name, KEY_SETTING + (int)(N_LISTED + i),
		                            aliases[i].arg,  0,
		                            aliases[i].text, 1};
	for (size_t i = 0; i < N_LISTED; i++) {
		snprintf(names[i], sizeof names[i], "%s-%s", listed[i].section, listed[i].key);
		for (char *p = names[i]; *p; p++)
			*p = *p == '_' ? '-' : *p;
		*o++ = (struct argp_option){names[i], KEY_SETTING + (int)i, "VALUE", 0, listed[i].text, 2};
	}
}

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct invocation *inv = state->input;
	if (key == KEY_CONFIG) {
		inv->config = arg;
		return 0;
	}
	if (key < KEY_SETTING || key >= KEY_SETTING + (int)(N_LISTED + N_ALIASES))
		return ARGP_ERR_UNKNOWN;
	size_t i = (size_t)(key - KEY_SETTING), at, len;
	if (url_password(arg, 0, &at, &len))
		argp_error(state, PASSWORD_IN_ARGV);
	if (inv->n_flags == ARRAY_LEN(inv->flags))
		argp_error(state, "too many options");
	else
		inv->flags[inv->n_flags++] =
		    (struct settings_flag){i < N_LISTED ? names[i] : aliases[i - N_LISTED].setting, arg};
	return 0;
}

static const struct argp settings_argp = {.options = options, .parser = on_option};

struct reading {
	const struct command_syntax *syntax;
	struct invocation *inv;
};

static error_t
on_own(int key, char *arg, struct argp_state *state)
{
	struct reading *r = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = r->inv;
		return 0;
	case ARGP_KEY_ARGS:
		r->inv->args = state->argv + state->next;
		r->inv->n_args = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (r->inv->n_args < r->syntax->min_args)
			argp_error(state, "something is missing: %s",
			           r->syntax->args ? r->syntax->args : "an argument");
		if (r->inv->n_args > r->syntax->max_args)
			argp_error(state, "\"%s\" is one argument too many",
			           r->inv->args[r->syntax->max_args]);
		return 0;
	default:
		break;
	}
	if (key > 0 && key < 256 && r->syntax->parser) {
		state->input = r->syntax->own;
		error_t e = r->syntax->parser(key, arg, state);
		state->input = r;
		return e;
	}
	return ARGP_ERR_UNKNOWN;
}

bool
invocation_read(struct invocation *ret, const struct command_syntax *syntax, int argc, char **argv,
                int *status)
{
	*ret = (struct invocation){0};
	make_options();
	argp_err_exit_status = EXIT_USAGE;
	const struct argp_child children[] = {{&settings_argp, 0, "Settings:", 1}, {NULL, 0, NULL, 0}};
	const struct argp argp = {.options = syntax->options,
	                          .parser = on_own,
	                          .args_doc = syntax->args,
	                          .doc = syntax->doc,
	                          .children = children};
	struct reading r = {syntax, ret};
	error_t bad = argp_parse(&argp, argc, argv, 0, NULL, &r);
	if (bad) {
		*status = EXIT_USAGE;
		return false;
	}
	struct why why;
	enum err e = settings_load(&ret->settings, ret->config, environ, ret->flags, ret->n_flags, &why);
	if (e != ERR_NONE) {
		*status = EXIT_USAGE;
		(void)command_failed(e, &why);
		return false;
	}
	return true;
}

void
invocation_release(struct invocation *inv)
{
	settings_release(&inv->settings);
}

int
command_failed(enum err e, const struct why *why)
{
	const char *detail = why->text[0] ? why->text : err_text(e);
	fprintf(stderr, "docket: %s (%s)\n", detail, err_code(e));
	return EXIT_FAILURE;
}
