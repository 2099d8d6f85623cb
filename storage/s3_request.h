/* s3_request.h: one request to an S3 store: signed, tried again with jitter while that may help. */
#ifndef DOCKET_S3_REQUEST_H
#define DOCKET_S3_REQUEST_H

#include "backend.h"
#include "buf.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sys/stat.h>

#define S3_HANDLES    16
#define S3_ANSWER_MAX (4 * MIB)

/* s3_credentials.c */
struct s3_credentials {
	char *id, *secret, *token; /* no token: "" */
};

struct s3 {
	char *base; /* scheme://host[/bucket] */
	char *prefix, *region;
	struct s3_credentials credentials; /* under `lock`: those of a file may change */
	char *file;                        /* NULL: they are of the environment, and stay */
	struct stat file_was;              /* when they were read */
	char sigv4[96];
	long idle_s;       /* a transfer slower than a trickle for so long is given up */
	int32_t list_page; /* keys that one answer lists; 0: as many as the store gives, usually 1,000 */
	pthread_mutex_t lock;
	CURL *idle[S3_HANDLES]; /* with their connections */
	int n_idle;
};

struct s3_request {
	const char *method, *path; /* "/docket/ab..", escaped */
	const char *query;
	const char *sha256;  /* of the body in hex; NULL: unsigned */
	const char *content; /* of the whole object in hex, to be kept with it; NULL: nothing to keep */
	bool create_only;
	int body_fd; /* -1: none, or `body` */
	uint64_t body_at, body_len;
	const char *body;
	int sink_fd; /* where the answer goes; -1: to `answer` */
	char range[48];
	/* what came */
	struct buf answer;
	char etag[128];
	char kept[65]; /* what `content` was, "" where there is none */
	/* while it runs */
	uint64_t sent;
	enum err sink; /* how writing to `sink_fd` went */
	struct why sink_why;
};

/* With retries. For create-only: `*taken` where the key was there already. ERR_ABSENT, ERR_FULL, ERR_BUSY
 * (the store does not answer or cannot just now), ERR_BROKEN (it refuses). */
enum err s3_send(struct s3 *s, struct s3_request *r, bool *taken, struct why *why) MUST_CHECK;
/* Keys are hexadecimal and the prefix was escaped at opening. */
void s3_path(const struct s3 *s, const char *key, char ret[static 512]);
/* Unnamed, gone when closed. */
int s3_temporary_file(void);
/* The text between <NAME> and </NAME> from `*xml` (NULL: there is none) on, which moves behind it. */
bool s3_element(const char **xml, const char *name, char *ret, size_t cap);

/* `each` object whose key begins with `prefix`, itself below the store's own; `key` is what follows that,
 * `modified` its time as the store writes it. Objects that go meanwhile may be left out, as may those that
 * come. */
enum err s3_list(struct s3 *s, const char *prefix,
                 enum err (*each)(void *arg, const char *key, const char *modified, struct why *why),
                 void *arg, struct why *why) MUST_CHECK;

enum err s3_credentials_read(struct s3 *s, struct why *why) MUST_CHECK;
/* Reads the file again if it has changed since, or (`refused`) anyway. What cannot be read changes nothing.
 */
void s3_credentials_look(struct s3 *s, bool refused);
void s3_credentials_free(struct s3_credentials *c);

/* s3_sweep.c */
enum err s3_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why) MUST_CHECK;

#endif
