/* api.h: the door of api: the public HTTP service, and the web app beside it.
 *
 * Runs on GNU libmicrohttpd: epoll threads that copy uploads into the page cache but wait for no fsync; what
 * must wait (commits, password hashes) runs on a bounded pool of blocking threads with its connection
 * suspended.
 */
#ifndef DOCKET_API_H
#define DOCKET_API_H

#include "err.h"
#include "settings.h"
#include "storage.h"

#include <stddef.h>
#include <stdint.h>

/* One file of the web app, in memory for the life of the process. */
struct web_asset {
	const char *path; /* "/assets/app-3f2a.js", "/index.html" */
	const char *content_type;
	struct web_bytes {
		const unsigned char *at; /* NULL: not kept in this coding */
		size_t n;
		const char *etag; /* of these bytes: each coding has its own */
	} plain, gzip, brotli;
	int immutable;    /* its name holds its hash: cache for a year */
	const char *link; /* of a page: what its script will ask for, as a Link header; NULL: nothing */
};

struct api_options {
	struct storage *storage;
	const struct settings *settings;
	const struct web_asset *assets; /* ends with a NULL path; may be NULL */
	/* What is a file that starts so? NULL: not a kind that is read. */
	const char *(*media_type)(const uint8_t *head, size_t n);
	/* What the model that is served is known to get right, a JSON object for GET /status, or NULL. */
	const char *published;
};

struct api;
enum err api_start(const struct api_options *o, struct api **ret, struct why *why) MUST_CHECK;
/* The port in use: tells what ":0" became. */
int api_port(const struct api *a);
/* For so long everything is still served, while every answer closes its connection: time for whoever
 * balances load to see that we are not ready any more. Then nobody new comes in, and for two seconds more
 * whoever has come is served. */
void api_drain(struct api *a, int64_t ms);
/* No new connections; running requests get `grace_ms`. */
void api_stop(struct api **a, int64_t grace_ms);

/* ---- for the command line: accounts by the rules of the API ---- */

#define API_PASSWORD_HASH_LEN 128
#define API_TOKEN_LEN         48
/* Strong enough, and hashed at the settings' cost. ERR_WEAK_PASSWORD. */
enum err api_hash_password(const struct settings *s, const char *email, const char *password,
                           char ret[static API_PASSWORD_HASH_LEN], struct why *why) MUST_CHECK;
/* What a link carries, and what storage keeps of it. */
void api_link_token(char ret[static API_TOKEN_LEN], uint8_t ret_hash[static 32]);
/* For whom an invitation is and what it says of itself, each may be NULL. ERR_BAD_EMAIL, ERR_INVALID. */
enum err api_check_invitation(const char *email, const char *note, struct why *why) MUST_CHECK;
#define API_INVITATION_LIFE_MS (7 * (int64_t)86400000)

#endif
