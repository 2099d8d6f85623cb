/* docket storage copy: a small installation moves to a cluster. */
#include "commands.h"
#include "moving_shown.h"
#include "own.h"
#include "places.h"

#include <stdlib.h>
#include <string.h>

struct route {
	const char *from, *from_blobs, *to, *to_blobs;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct route *r = state->input;
	const char **const urls[] = {
	    ['f'] = &r->from, ['F'] = &r->from_blobs, ['t'] = &r->to, ['T'] = &r->to_blobs};
	if ((size_t)key >= ARRAY_LEN(urls) || !urls[key])
		return ARGP_ERR_UNKNOWN;
	size_t at, len;
	if (url_password(arg, 0, &at, &len))
		argp_error(state, PASSWORD_IN_ARGV);
	*urls[key] = arg;
	return 0;
}

static enum err
copy(const struct settings *s, const struct route *r, struct why *why)
{
	char from[PLACE_MAX], from_blobs[PLACE_MAX];
	struct place_storage urls;
	struct storage_options target = place_storage(s, &urls), source = target;
	struct moving_shown shown;
	struct moving_watch watch = moving_show(&shown);
	struct moved m;
	snprintf(from, sizeof from, "sqlite:%s/docket.db", s->general_data);
	snprintf(from_blobs, sizeof from_blobs, "file:%s/blobs", s->general_data);
	source.storage_url = r->from ? r->from : from;
	source.blobs_url = r->from_blobs ? r->from_blobs : from_blobs;
	target.storage_url = r->to ? r->to : target.storage_url;
	target.blobs_url = r->to_blobs ? r->to_blobs : target.blobs_url;
	TRY(storage_copy(&source, &target, &watch, &m, why));
	printf("Copied and compared: %lld rows, %lld files of %lld bytes; %lld of the files were there "
	       "already.\n",
	       (long long)m.rows, (long long)m.blobs, (long long)m.bytes, (long long)m.already);
	TRY(moving_prove(&target, why));
	printf("Start the service on its new storage, and not on the old one again.\n");
	return ERR_NONE;
}

static int
run(int argc, char **argv)
{
	static const char doc[] =
	    "Copy everything from SQLite to PostgreSQL, and the files to where they will be. Stop the "
	    "service "
	    "first; run it again whenever it was interrupted. Without options: from the data folder to what "
	    "the settings name as storage and blobs, which is where an address with a password belongs.";
	static const struct argp_option options[] = {
	    {"from", 'f', "URL", 0, "sqlite:PATH; the data folder's if not told", 0},
	    {"from-blobs", 'F', "URL", 0, "file:DIR or s3://...; the data folder's if not told", 0},
	    {"to", 't', "URL", 0, "postgresql://...; general.storage if not told", 0},
	    {"to-blobs", 'T', "URL", 0, "file:DIR or s3://...; general.blobs if not told", 0},
	    {0}};
	struct route r = {0};
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	const struct command_syntax syntax = {.args = "copy",
	                                      .doc = doc,
	                                      .options = options,
	                                      .parser = on_option,
	                                      .own = &r,
	                                      .min_args = 1,
	                                      .max_args = 1};
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	if (strcmp(inv.args[0], "copy") != 0) {
		fprintf(stderr, "usage: docket storage copy [OPTION...]\n");
		return EXIT_USAGE;
	}
	struct why why = {""};
	enum err e = copy(&inv.settings, &r, &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

const struct command command_storage = {"storage", "copy everything to a cluster's storage", run};
