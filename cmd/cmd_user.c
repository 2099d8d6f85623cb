/* docket user: accounts from the command line. A password comes from standard input or a prompt, never from
 * the command line, where every process of the machine could read it. */
#include "commands.h"
#include "control.h"
#include "own.h"
#include "places.h"
#include "user_orders.h"

#include <sodium.h>
#include <termios.h>

struct wishes {
	bool admin, link;
	const char *locale, *by, *note;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;
	switch (key) {
	case 'A':
		w->admin = true;
		return 0;
	case 'L':
		w->link = true;
		return 0;
	case 'l':
		if (strcmp(arg, "en") != 0 && strcmp(arg, "ru") != 0)
			argp_error(state, "--locale is en or ru");
		w->locale = arg;
		return 0;
	case 'b':
		w->by = arg;
		return 0;
	case 'n':
		w->note = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* One line; from a terminal without showing it. */
static bool
read_secret(const char *prompt, char *ret, int cap)
{
	struct termios shown, hidden;
	bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
	if (terminal) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
		fprintf(stderr, "%s", prompt);
	}
	bool got = fgets(ret, cap, stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fprintf(stderr, "\n");
	}
	if (got)
		ret[strcspn(ret, "\r\n")] = '\0';
	return got && *ret;
}

static enum err
ask_password(json_t *order, struct why *why)
{
	char first[1024], second[1024];
	if (!read_secret("Password: ", first, sizeof first))
		return fail(why, ERR_INVALID, "no password came; --link makes a link to choose one instead");
	if (isatty(STDIN_FILENO) &&
	    (!read_secret("Once more: ", second, sizeof second) || strcmp(first, second) != 0))
		return fail(why, ERR_INVALID, "the two are not the same");
	json_object_set_new(order, "password", json_string(first));
	sodium_memzero(first, sizeof first);
	sodium_memzero(second, sizeof second);
	return ERR_NONE;
}

/* On storage itself, or by the service that has it open. */
static enum err
carry_out(const struct settings *s, const json_t *order, struct buf *out, struct why *why)
{
	struct place_storage urls;
	struct storage_options o = place_storage(s, &urls);
	OWNED(storage_close) struct storage *st = NULL;
	enum err e = storage_open(&o, &st, why);
	if (e == ERR_CONFLICT)
		return control_ask(s, order, out, why);
	TRY(e);
	return user_order(st, s, order, out, why);
}

static enum err
run_order(const struct invocation *inv, const struct wishes *w, struct why *why)
{
	const char *order = inv->args[0], *which = inv->n_args > 1 ? inv->args[1] : NULL;
	bool of_all =
	    strcmp(order, "list") == 0 || strcmp(order, "invitations") == 0 || strcmp(order, "invite") == 0;
	OWNED(buf_free) struct buf out = buf_init(CONTROL_MAX);
	OWNED(json_release)
	json_t *o = json_pack("{s:s, s:b, s:s, s:s*, s:s*}", "order", order, "admin", w->admin, "locale",
	                      w->locale ? w->locale : "en", "by", w->by, "note", w->note);
	if (!which && !of_all)
		return fail(why, ERR_INVALID, "whose? Give an e-mail address, or the id of an invitation");
	const char *member = strcmp(order, "end-invitation") == 0 ? "id" : "email";
	if (!o || (which && json_object_set_new(o, member, json_string(which)) != 0))
		return fail(why, ERR_INVALID, "what is given is not UTF-8");
	if (strcmp(order, "add") == 0 && !w->link)
		TRY(ask_password(o, why));
	TRY(carry_out(&inv->settings, o, &out, why));
	fputs(out.data ? out.data : "", stdout);
	return ERR_NONE;
}

static int
run(int argc, char **argv)
{
	static const char doc[] =
	    "Accounts: add EMAIL, list, disable EMAIL, enable EMAIL, admin EMAIL, delete EMAIL (at once and "
	    "for good), "
	    "reset EMAIL (prints a link to choose a new password), end-factor EMAIL (for who lost their "
	    "second "
	    "factor with its recovery codes), invite [EMAIL] (prints a link that makes one account, for that "
	    "address if one is given), invitations (which are out, and whose account one made), "
	    "end-invitation ID. Works while the service runs, too.";
	static const struct argp_option options[] = {
	    {"admin", 'A', NULL, 0, "add: an admin", 0},
	    {"link", 'L', NULL, 0, "add: no password; print a link to choose one", 0},
	    {"locale", 'l', "LANGUAGE", 0, "add: en or ru", 0},
	    {"by", 'b', "EMAIL", 0, "invite: in the name of this admin, where there are several", 0},
	    {"note", 'n', "TEXT", 0, "invite: what the list of invitations says of it", 0},
	    {0},
	};
	int status = 0;
	struct wishes w = {0};
	OWNED(invocation_release) struct invocation inv;
	const struct command_syntax syntax = {.args = "ORDER [EMAIL|ID]",
	                                      .doc = doc,
	                                      .options = options,
	                                      .parser = on_option,
	                                      .own = &w,
	                                      .min_args = 1,
	                                      .max_args = 2};
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	struct why why = {""};
	enum err e = run_order(&inv, &w, &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

const struct command command_user = {"user", "add, list, disable or delete accounts", run};
