/* docket backup and docket restore. */
#include "commands.h"
#include "fdio.h"
#include "moving_shown.h"
#include "own.h"
#include "places.h"

#include <stdlib.h>

struct wishes {
	bool rows_only, check;
};

static error_t
on_option(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;
	(void)arg;
	if (key != 'r' && key != 'c')
		return ARGP_ERR_UNKNOWN;
	*(key == 'r' ? &w->rows_only : &w->check) = true;
	return 0;
}

static enum err
back_up(const struct settings *s, const char *dir, const struct wishes *w, struct why *why)
{
	struct place_storage urls;
	const struct storage_options o = place_storage(s, &urls);
	struct moving_shown shown;
	struct moving_watch watch = moving_show(&shown);
	struct moved m;
	if (w->check) {
		TRY(storage_backup_check(dir, &watch, &m, why));
		printf("The backup is whole: %lld files of %lld bytes.\n", (long long)m.blobs,
		       (long long)m.bytes);
		return ERR_NONE;
	}
	TRY(storage_backup(&o, dir, !w->rows_only, &watch, &m, why));
	printf("Backed up: all rows, %lld files of %lld bytes.\n", (long long)m.blobs, (long long)m.bytes);
	return ERR_NONE;
}

static int
run_backup(int argc, char **argv)
{
	static const char doc[] = "Back everything up into the folder DIR, which is made: rows as they are "
	                          "at one instant, the files "
	                          "that they name, and the hashes of all. While the service runs or not. DIR "
	                          "holds password hashes and "
	                          "everybody's papers: keep it as safe as the service.";
	static const struct argp_option options[] = {
	    {"rows-only", 'r', NULL, 0, "Without the files: their store keeps copies of its own", 0},
	    {"check", 'c', NULL, 0, "Make nothing: read the backup in DIR and name what is damaged", 0},
	    {0}};
	struct wishes w = {0};
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	const struct command_syntax syntax = {.args = "DIR",
	                                      .doc = doc,
	                                      .options = options,
	                                      .parser = on_option,
	                                      .own = &w,
	                                      .min_args = 1,
	                                      .max_args = 1};
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	struct why why = {""};
	enum err e = back_up(&inv.settings, inv.args[0], &w, &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

static enum err
restore(const struct settings *s, const char *dir, struct why *why)
{
	struct place_storage urls;
	const struct storage_options o = place_storage(s, &urls);
	struct moving_shown shown;
	struct moving_watch watch = moving_show(&shown);
	struct moved m;
	TRY(dir_make(s->general_data, why));
	TRY(storage_restore(dir, &o, &watch, &m, why));
	printf("Restored: all rows, %lld files of %lld bytes.\n", (long long)m.blobs, (long long)m.bytes);
	return moving_prove(&o, why);
}

static int
run_restore(int argc, char **argv)
{
	static const char doc[] =
	    "Restore the backup in DIR into an empty installation, the one that the settings "
	    "name. Everything is checked before anything is written.";
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	const struct command_syntax syntax = {.args = "DIR", .doc = doc, .min_args = 1, .max_args = 1};
	if (!invocation_read(&inv, &syntax, argc, argv, &status))
		return status;
	struct why why = {""};
	enum err e = restore(&inv.settings, inv.args[0], &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

const struct command command_backup = {"backup", "back everything up into a folder", run_backup};
const struct command command_restore = {"restore", "restore a backup into an empty installation",
                                        run_restore};
