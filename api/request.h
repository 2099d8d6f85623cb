/* request.h: one request from its headers to the end of its answer, and what an endpoint may do.
 *
 * An endpoint is a file with one function and one literal `struct route`. The function reads what it
 * needs from the request, calls storage, and fills the answer; when it fails it returns the code and
 * the problem is written for it. It runs on an epoll thread (RUN_INLINE: memory and cached reads only)
 * or on a pool of threads that may wait. Between two runs nobody else touches the request.
 */
#ifndef DOCKET_REQUEST_H
#define DOCKET_REQUEST_H

#include "accounts.h"
#include "api.h"
#include "arena.h"
#include "buf.h"
#include "header_values.h"
#include "json_own.h"
#include "json_values.h"
#include "rate_limits.h"
#include "slow_readers.h"
#include "storage.h"
#include "trace.h"
#include "uuid.h"

#include <microhttpd.h>

#define REQUEST_MEMORY_MAX (64 * MIB) /* a result of many pages is the largest thing */
#define JSON_BODY_MAX      (64 * KIB)
#define TOKEN_TEXT_LEN     48 /* four characters of kind and 43 of chance, NUL included */

struct api;
struct request;
struct upload_body;

enum route_auth {
	AUTH_NONE,
	AUTH_SESSION, /* a session, or an API token within its scopes */
	AUTH_PERSON,  /* a session only: what a token must not do */
	AUTH_ADMIN    /* an admin's session; to others the address is not there */
};
enum route_runs { RUN_INLINE, RUN_BLOCKING, RUN_HASHING };
/* Whose bucket it draws from: request_limits.c says how much each holds. */
enum route_limit {
	LIMIT_USER, /* what costs little */
	LIMIT_UPLOAD,
	LIMIT_SEARCH,
	LIMIT_EXPORT,
	LIMIT_LOGIN,
	LIMIT_SIGNUP,
	LIMIT_MAIL,
	LIMIT_ACCOUNT,
	LIMIT_OPEN
};
enum route_body { BODY_NONE, BODY_JSON, BODY_UPLOAD };

struct route {
	const char *name; /* "GET /jobs/{id}": what it matches, and its label in metrics and logs */
	enum err (*handle)(struct request *rq, struct why *why);
	enum route_auth auth;
	enum route_runs runs;
	enum route_body body;
	enum route_limit limit;
	/* With ?NAME=true nobody may ask as well: then there is no user. NULL: as `auth` says. */
	const char *nobody;
	/* Also for who lacks the second factor that is demanded of them: what sets one up, and leaving. */
	bool before_factor;
};

#define ANSWER_HEADERS_MAX 12
struct answer {
	unsigned status;
	const char *content_type;
	struct buf body;
	int fd; /* a file instead of the body; -1: none */
	uint64_t offset, length;
	struct body_stream *stream;    /* made while it goes out */
	const struct web_bytes *asset; /* bytes that live as long as the process */
	bool page; /* something a browser shows: the app's security policy instead of the API's */
	struct {
		const char *name;
		char *value; /* the answer's own */
	} headers[ANSWER_HEADERS_MAX];
	size_t n_headers;
};

enum request_phase { PHASE_BODY, PHASE_RUN, PHASE_WAITING, PHASE_ANSWER, PHASE_ANSWERED };

struct request {
	struct api *api;
	struct MHD_Connection *connection;
	struct arena *mem;
	const struct route *route; /* NULL: no such address, or a file of the app */
	const char *method, *path;
	char request_id[65];
	int64_t begun_us;

	/* request_trace.h */
	struct trace_context trace; /* if traced */
	bool traced, from_caller;
	struct spans *spans; /* NULL: nobody to send them to */

	/* from the path */
	struct uuid id;
	int32_t n;
	char word[TOKEN_TEXT_LEN]; /* {token} */
	bool bad_parameter;        /* {id} is no id: as absent as one that nobody has */

	/* who asks, and how often they may */
	const struct user *user;
	char network[NETWORK_LEN];
	struct rate_want rate;
	bool rate_open; /* to be asked of the bucket that nodes share */
	char token[TOKEN_TEXT_LEN];
	uint8_t token_hash[TOKEN_HASH_LEN];
	bool by_cookie;

	/* what came */
	enum request_phase phase;
	struct buf body;
	struct upload_body *upload;
	bool key_held;    /* its Idempotency-Key stands in the table of those in flight */
	uint64_t taken;   /* bytes of body so far */
	enum err refused; /* decided before the body ended: the rest is only swallowed */
	struct why why;

	/* what goes */
	struct answer answer;
	struct slow_reader reader;
	const char *problem_job; /* job_id of a problem */
	int64_t retry_after;     /* seconds; -1: as the code says */

	/* long poll: set by the endpoint, which is run again when the job changes or the time is over */
	int64_t wait_until_ms; /* steady; 0: do not wait */
	int64_t wait_version;
	bool waited;
	struct request *next; /* in the list of those that wait, or of the pool */
};

/* ---- what came ---- */
const char *request_header(struct request *rq, const char *name); /* NULL: absent */
const char *request_query(struct request *rq, const char *name);  /* NULL: absent */
/* ERR_INVALID when it is there and no number of min..max. */
enum err request_query_int(struct request *rq, const char *name, int64_t min, int64_t max, int64_t fallback,
                           int64_t *ret, struct why *why) MUST_CHECK;
/* `cursor` and `limit` of a list. */
enum err request_page(struct request *rq, struct uuid *before, int32_t *limit, struct why *why) MUST_CHECK;
/* The body as one JSON object. */
enum err request_json(struct request *rq, json_t **ret, struct why *why) MUST_CHECK;
/* A member that must be a string of at most `max` bytes; ERR_INVALID. */
enum err member_string(const json_t *o, const char *key, size_t max, const char **ret, struct why *why)
    MUST_CHECK;

/* Where the request comes from, as text; through the proxies that the settings name. */
void request_address(struct request *rq, char *ret, size_t cap);
/* The network of whoever that is, which limits count by: see address_network(). */
void request_network(struct request *rq, char ret[static NETWORK_LEN]);

/* ---- what goes ---- */
void answer_header(struct request *rq, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Begin a JSON body, to be written with buf_*(). */
struct buf *answer_json(struct request *rq, unsigned status);
/* True when If-None-Match names it: the answer is then a finished 304. `etag` has its quotes. */
bool answer_unchanged(struct request *rq, const char *etag);
/* A blob, or the part of it that Range asks for. */
enum err answer_blob(struct request *rq, const struct blob *b, const char *content_type, const char *etag,
                     struct why *why) MUST_CHECK;
void answer_problem(struct request *rq, enum err e, const struct why *why);
/* The whole of it as it goes over the wire, for answers that libmicrohttpd will not send. */
void problem_write_raw(int fd, enum err e, const struct why *why, const char *request_id);
void problem_json(struct buf *out, enum err e, unsigned status, const struct why *why, const char *request_id,
                  const char *job_id);
/* Hand the answer to libmicrohttpd. */
enum MHD_Result answer_send(struct request *rq);

/* Note that the user read something ("original.read"): answers do not wait for it, and go out without it. */
void request_note_read(struct request *rq, const char *action, struct uuid object);

/* ---- the service ---- */
struct storage *request_storage(struct request *rq);
const char *request_published(struct request *rq); /* see struct api_options; NULL: nothing */
const struct settings *request_settings(struct request *rq);
const struct api_options *request_options(struct request *rq);
struct log *request_log(struct request *rq); /* with request_id and user_id; the caller closes it */

#endif
