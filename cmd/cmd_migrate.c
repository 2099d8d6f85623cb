#include "commands.h"
#include "fdio.h"
#include "own.h"
#include "places.h"

#include <stdlib.h>

static enum err
migrate(const struct settings *s, struct why *why)
{
	struct place_storage urls;
	struct storage_options o = place_storage(s, &urls);
	OWNED(storage_close) struct storage *st = NULL;
	TRY(dir_make(s->general_data, why));
	TRY(storage_open(&o, &st, why));         /* opening brings the schema up to date */
	printf("The database is up to date.\n"); /* its address may hold a password */
	return ERR_NONE;
}

static int
run(int argc, char **argv)
{
	static const char doc[] =
	    "Bring the database to this version's form. \"docket up\" does it by itself.";
	int status = 0;
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = doc}, argc, argv, &status))
		return status;
	struct why why;
	enum err e = migrate(&inv.settings, &why);
	return e == ERR_NONE ? EXIT_SUCCESS : command_failed(e, &why);
}

const struct command command_migrate = {"migrate", "bring the database to this version's form", run};
