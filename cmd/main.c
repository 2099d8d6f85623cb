/* docket: one program, several commands. */
#include "commands.h"
#include "own.h"

#include <stdlib.h>
#include <sys/stat.h>

static const struct command *const commands[] = {
    &command_up,      &command_read,    &command_api,     &command_worker,  &command_inference,
    &command_migrate, &command_backup,  &command_restore, &command_storage, &command_doctor,
    &command_logs,    &command_audit,   &command_slo,     &command_cost,    &command_model,
    &command_config,  &command_version, &command_user,
};

static void
usage(FILE *out)
{
	fprintf(out, "Docket reads household papers: receipts, invoices, bills, letters.\n\n"
	             "usage: docket COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\n\"docket COMMAND --help\" tells the options of each.\n");
}

int
main(int argc, char **argv)
{
	/* People's papers and secrets: whatever is made is its owner's alone, whoever starts us. */
	umask(077);
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		name = "version";
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i]->name, name) != 0)
			continue;
		char full[64];
		snprintf(full, sizeof full, "docket %s", name);
		argv[1] = full;
		return commands[i]->run(argc - 1, argv + 1);
	}
	fprintf(stderr, "docket: there is no command \"%.40s\"; \"docket --help\" lists them\n", name);
	return EXIT_USAGE;
}
