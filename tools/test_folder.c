#include "test_folder.h"

#include "err.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

/* One for the process, with all others in it. */
static char root[TEST_FOLDER_LEN];

/* A test may end by a signal, so a shell waits for the end of whoever holds the other end of its input, and
 * takes the folder away. */
static void
make_root(void)
{
	static char sh[] = "sh", option[] = "-c", waits[] = "read -r line; rm -rf -- \"$0\"",
	            path[] = "PATH=/usr/bin:/bin";
	char *const argv[] = {sh, option, waits, root, NULL}, *const environment[] = {path, NULL};
	int ends[2];
	posix_spawn_file_actions_t a;
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid;
	const char *where = getenv("TMPDIR");
	/* A long one is no place for what lies deep in it, such as sockets. */
	if (!where || !*where || strlen(where) > 11)
		where = "/tmp";
	snprintf(root, sizeof root, "%s/docket-test-XXXXXX", where);
	if (!mkdtemp(root) || pipe2(ends, O_CLOEXEC) != 0)
		BUG("no temporary folder");
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_adddup2(&a, ends[0], 0);
	posix_spawn_file_actions_addopen(&a, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&a, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&a, 3);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	if (posix_spawn(&pid, "/bin/sh", &a, &attr, argv, environment) != 0)
		BUG("nobody to take the temporary folder away");
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&a);
	close(ends[0]); /* the other one stays open until we end */
}

void
test_folder(char ret[static TEST_FOLDER_LEN])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_root);
	snprintf(ret, TEST_FOLDER_LEN, "%.30s/XXXXXX", root);
	if (!mkdtemp(ret))
		BUG("no temporary folder");
}
