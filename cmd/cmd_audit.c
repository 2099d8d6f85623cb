#include "audit.h"
#include "commands.h"
#include "own.h"
#include "places.h"

#include <stdlib.h>
#include <string.h>

static enum err
verify(const struct settings *s, bool *whole, struct why *why)
{
	struct place_storage urls;
	struct storage_options o = place_storage(s, &urls);
	OWNED(storage_close) struct storage *st = NULL;
	struct audit_proof p;
	TRY(storage_open(&o, &st, why));
	TRY(storage_audit_verify(st, &p, why));
	*whole = p.broken_n == 0;
	if (*whole)
		printf("The audit holds together: %lld entries", (long long)p.entries);
	else
		printf("The audit is BROKEN at entry %lld of %lld", (long long)p.broken_n,
		       (long long)p.entries);
	if (p.unchained > 0)
		printf(", the first %lld from before there was a chain", (long long)p.unchained);
	printf(".\nLast entry: %lld %s\n", (long long)p.last_n, p.last_hash);
	return ERR_NONE;
}

static int
run(int argc, char **argv)
{
	static const char doc[] =
	    "Prove that no entry of the audit was changed, taken out or put in: docket audit verify. Note "
	    "its "
	    "last line elsewhere: with it, entries that were cut off at the end show, too.";
	int status = 0;
	if (argc > 1 && strcmp(argv[1], "verify") == 0) {
		argv[1] = argv[0];
		argc--, argv++;
	} else if (argc < 2 || (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0)) {
		fprintf(stderr, "usage: docket audit verify [OPTION...]\n");
		return EXIT_USAGE;
	}
	OWNED(invocation_release) struct invocation inv;
	if (!invocation_read(&inv, &(struct command_syntax){.doc = doc}, argc, argv, &status))
		return status;
	struct why why;
	bool whole = false;
	enum err e = verify(&inv.settings, &whole, &why);
	if (e != ERR_NONE)
		return command_failed(e, &why);
	return whole ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct command command_audit = {"audit", "prove that the audit is whole", run};
