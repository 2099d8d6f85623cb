/* Credentials of an S3 store: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) in the
 * environment, or a file with these names as NAME=VALUE lines, which DOCKET_S3_CREDENTIALS names.
 *
 * Those that are lent for hours are in a file, which somebody writes anew before they run out. It is looked
 * at before each request, and read again once the store refuses those that we have. */
#include "s3_request.h"

#include "fdio.h"
#include "own.h"

#include <sodium.h>
#include <string.h>

#define FILE_MAX (64 * KIB)

static const char *const key_names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};

static char *
file_value(const char *text, const char *name)
{
	size_t n = strlen(name);
	for (const char *line = text; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, n) == 0 && line[n] == '=')
			return strndup(line + n + 1, strcspn(line + n + 1, "\r\n"));
	}
	return NULL;
}

void
s3_credentials_free(struct s3_credentials *c)
{
	if (c->secret)
		sodium_memzero(c->secret, strlen(c->secret));
	free(c->id);
	free(c->secret);
	free(c->token);
	*c = (struct s3_credentials){0};
}

/* From the file; without one from the environment. */
static enum err
credentials_from(const char *file, struct s3_credentials *ret, struct why *why)
{
	OWNED(s3_credentials_free) struct s3_credentials c = {0};
	char **const to[] = {&c.id, &c.secret, &c.token};
	char *text = NULL;
	size_t len = 0;
	if (file)
		TRY(file_read(file, FILE_MAX, &text, &len, why));
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
		const char *env = getenv(key_names[i]);
		*to[i] = text ? file_value(text, key_names[i]) : env ? strdup(env) : NULL;
	}
	if (text)
		sodium_memzero(text, len);
	free(text);
	if (!c.token && !(c.token = strdup("")))
		BUG("no memory");
	if (!c.id || !c.secret)
		return fail(why, ERR_INVALID,
		            "no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the object store");
	*ret = c;
	c = (struct s3_credentials){0};
	return ERR_NONE;
}

enum err
s3_credentials_read(struct s3 *s, struct why *why)
{
	const char *file = getenv("DOCKET_S3_CREDENTIALS");
	if (file && *file && !(s->file = strdup(file)))
		BUG("no memory");
	if (s->file && stat(s->file, &s->file_was) != 0)
		return fail_errno(why, ERR_INVALID, "%s", s->file);
	return credentials_from(s->file, &s->credentials, why);
}

static bool
file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void
s3_credentials_look(struct s3 *s, bool refused)
{
	OWNED(s3_credentials_free) struct s3_credentials other = {0};
	struct stat now;
	struct why why;
	if (!s->file || stat(s->file, &now) != 0)
		return;
	pthread_mutex_lock(&s->lock);
	bool same = file_is_same(&now, &s->file_was);
	pthread_mutex_unlock(&s->lock);
	if ((same && !refused) || credentials_from(s->file, &other, &why) != ERR_NONE)
		return;
	pthread_mutex_lock(&s->lock);
	struct s3_credentials before = s->credentials;
	s->credentials = other;
	s->file_was = now; /* as it was before it was read */
	other = before;
	pthread_mutex_unlock(&s->lock);
}
