#include "control.h"

#include "clock.h"
#include "fdio.h"
#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define PATIENCE_S 30
#define WANT_MS    100

struct control {
	int fd;
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
	control_answer *answer;
	void *arg;
	pthread_t thread;
	pthread_mutex_t mutex;
	int asker; /* who is heard just now, or -1; under the mutex */
	bool stopping;
};

static enum err
place(const struct settings *s, struct sockaddr_un *ret, struct why *why)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	int n = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/control.sock", s->general_data);
	if (n < 0 || (size_t)n >= sizeof ret->sun_path)
		return fail(why, ERR_INVALID, "the data folder's path is too long for a socket");
	return ERR_NONE;
}

static void
be_patient(int fd)
{
	const struct timeval t = {.tv_sec = PATIENCE_S};
	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	(void)!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

/* Until the other side has said all. */
static enum err
read_all(int fd, struct buf *ret, struct why *why)
{
	char piece[4096];
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(why, ERR_BROKEN, "control.sock");
		if (n == 0)
			return ret->full ? fail(why, ERR_TOO_BIG, "too much for control.sock") : ERR_NONE;
		buf_put(ret, piece, (size_t)n);
	}
}

/* ---- the service's side ---- */

/* The folder is closed to others already; who asks is checked all the same. */
static bool
may_ask(int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == geteuid() || who.uid == 0);
}

static enum err
hear(struct control *c, int fd, struct buf *out, struct why *why)
{
	OWNED(buf_free) struct buf in = buf_init(CONTROL_MAX);
	OWNED(json_release) json_t *question = NULL;
	if (!may_ask(fd))
		return fail(why, ERR_FORBIDDEN, "another user asks");
	TRY(read_all(fd, &in, why));
	TRY(json_parse(in.data ? in.data : "", in.len, &question, why));
	return c->answer(c->arg, question, out, why);
}

/* "ok\n" and the answer, or the code and the reason. */
static void
serve(struct control *c, int fd)
{
	OWNED(buf_free) struct buf out = buf_init(CONTROL_MAX), whole = buf_init(CONTROL_MAX + 1024);
	struct why why = {""};
	enum err e = hear(c, fd, &out, &why);
	if (e == ERR_NONE)
		buf_printf(&whole, "ok\n%s", out.data ? out.data : "");
	else
		buf_printf(&whole, "%s\n%s", err_code(e), why.text);
	(void)!fd_write_all(fd, whole.data, whole.len, &why);
}

/* Is the service stopping? Then nobody is heard any more. */
static bool
set_asker(struct control *c, int asker)
{
	pthread_mutex_lock(&c->mutex);
	c->asker = asker;
	bool stopping = c->stopping;
	pthread_mutex_unlock(&c->mutex);
	return stopping;
}

static void *
control_main(void *arg)
{
	struct control *c = arg;
	for (;;) {
		OWNED(fd_close) int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno == EINVAL)
			return NULL; /* shut down */
		if (fd < 0) {        /* of that one, or for want of descriptors just now */
			clock_sleep_ms(errno == EINTR || errno == ECONNABORTED ? 0 : WANT_MS);
			continue;
		}
		be_patient(fd);
		if (!set_asker(c, fd))
			serve(c, fd);
		(void)set_asker(c, -1);
	}
}

enum err
control_start(const struct settings *s, control_answer *answer, void *arg, struct control **ret,
              struct why *why)
{
	struct sockaddr_un a;
	TRY(place(s, &a, why));
	OWNED(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(a.sun_path); /* of an earlier life: storage's lock says that there is no other */
	mode_t before = umask(0177);
	int rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof a);
	umask(before);
	if (rc != 0 || listen(fd, 4) != 0)
		return fail_errno(why, ERR_BROKEN, "%s", a.sun_path);
	struct control *c = calloc(1, sizeof *c);
	if (!c)
		BUG("no memory");
	c->answer = answer;
	c->arg = arg;
	c->asker = -1;
	pthread_mutex_init(&c->mutex, NULL);
	snprintf(c->path, sizeof c->path, "%s", a.sun_path);
	c->fd = TAKE_FD(fd);
	if (pthread_create(&c->thread, NULL, control_main, c) != 0)
		BUG("the thread of control.sock did not start");
	*ret = c;
	return ERR_NONE;
}

void
control_stop(struct control **cc)
{
	struct control *c = *cc;
	if (!c)
		return;
	shutdown(c->fd, SHUT_RDWR);
	/* Whoever is silent in the middle of a question is not waited for; one that was asked is answered. */
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	if (c->asker >= 0)
		shutdown(c->asker, SHUT_RD);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->thread, NULL);
	pthread_mutex_destroy(&c->mutex);
	unlink(c->path);
	fd_close(&c->fd);
	free(c);
	*cc = NULL;
}

/* ---- the command's side ---- */

enum err
control_ask(const struct settings *s, const json_t *question, struct buf *ret, struct why *why)
{
	struct sockaddr_un a;
	size_t n;
	OWNED(mem_free) char *text = json_text(question, &n);
	OWNED(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	OWNED(buf_free) struct buf said = buf_init(CONTROL_MAX + 1024);
	TRY(place(s, &a, why));
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return fail_errno(why, ERR_BROKEN,
		                  "the service that has this folder open does not answer at %.60s",
		                  a.sun_path);
	be_patient(fd);
	TRY(fd_write_all(fd, text, n, why));
	shutdown(fd, SHUT_WR);
	TRY(read_all(fd, &said, why));
	char *newline = said.data ? strchr(said.data, '\n') : NULL;
	if (!newline)
		return fail(why, ERR_BROKEN, "the service said nothing");
	*newline = '\0';
	enum err e;
	if (strcmp(said.data, "ok") == 0) {
		buf_puts(ret, newline + 1);
		return ERR_NONE;
	}
	return fail(why, err_from_code(said.data, &e) ? e : ERR_BROKEN, "%.200s", newline + 1);
}
