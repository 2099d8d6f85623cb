#include "presence.h"

#include "fdio.h"
#include "own.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct presence {
	char folder[4400], name[UUID_TEXT_LEN];
	int folder_fd, fd; /* `fd` holds the lock */
};

static void
folder_close(DIR **d)
{
	if (*d)
		closedir(*d);
	*d = NULL;
}

/* Locked before it gets the name under which others look for it. */
static enum err
appear(struct presence *p, struct why *why)
{
	char hidden[UUID_TEXT_LEN + 1];
	snprintf(hidden, sizeof hidden, ".%s", p->name);
	p->fd = openat(p->folder_fd, hidden, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (p->fd < 0 || flock(p->fd, LOCK_EX | LOCK_NB) != 0 ||
	    renameat(p->folder_fd, hidden, p->folder_fd, p->name) != 0)
		return fail_errno(why, ERR_BROKEN, "a worker's file in %.200s", p->folder);
	return ERR_NONE;
}

enum err
presence_open(const char *folder, struct uuid me, struct presence **ret, struct why *why)
{
	OWNED(presence_close) struct presence *p = calloc(1, sizeof *p);
	if (!p)
		BUG("no memory");
	p->fd = p->folder_fd = -1;
	snprintf(p->folder, sizeof p->folder, "%s", folder);
	uuid_text(me, p->name);
	TRY(dir_make(folder, why));
	p->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->folder_fd < 0)
		return fail_errno(why, ERR_BROKEN, "%.200s", folder);
	TRY(appear(p, why));
	*ret = TAKE(p);
	return ERR_NONE;
}

void
presence_close(struct presence **pp)
{
	struct presence *p = TAKE(*pp);
	if (!p)
		return;
	if (p->fd >= 0)
		(void)unlinkat(p->folder_fd, p->name, 0);
	fd_close(&p->fd);
	fd_close(&p->folder_fd);
	free(p);
}

void
presence_look(struct presence *p, enum err (*bury)(void *arg, struct uuid dead, struct why *why), void *arg)
{
	OWNED(folder_close) DIR *d = opendir(p->folder);
	for (struct dirent *e; d && (e = readdir(d));) {
		struct uuid id;
		struct why why;
		if (!uuid_parse(e->d_name, &id) || strcmp(e->d_name, p->name) == 0)
			continue;
		OWNED(fd_close) int fd = openat(p->folder_fd, e->d_name, O_RDWR | O_CLOEXEC);
		struct stat s;
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
			continue; /* gone already, or alive */
		if (fstat(fd, &s) != 0 || s.st_nlink == 0)
			continue; /* buried by another while we came */
		if (bury(arg, id, &why) == ERR_NONE)
			(void)unlinkat(p->folder_fd, e->d_name, 0);
	}
}
