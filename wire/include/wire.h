/* wire.h: messages between the worker, a parser and the nursery that bears it, over UNIX socket pairs
 * (SOCK_SEQPACKET).
 *
 * One message a packet: a fixed header, a fixed payload, at most one descriptor. The table in
 * wire.tbl.h is the protocol; WIRE_VERSION moves with it. A message out of turn, of another
 * version or of the wrong size ends the conversation. Documents cross as descriptors: a stranger
 * never learns a path.
 *
 *	nursery -> READY                      models loaded
 *	worker  -> BEAR            fd: the parser's end of a pair of its own
 *	    (PARSE_FAILED on that pair: it could not)
 *
 *	parser  -> BORN                       which process it is
 *	        -> READY                      sandbox closed
 *	worker  -> PARSE_REQUEST   fd: document (read-only, seekable)
 *	parser  -> PARSE_PROGRESS*            pages done and total, as known
 *	        -> PARSE_PICTURE*  fd: WebP   page pictures, in page order
 *	        -> PARSE_ATTACHMENT* fd: a file that hung on the document
 *	        -> PARSE_DONE      fd: docket.document/1 JSON
 *	    or  -> PARSE_FAILED               an error code of err.tbl.h and a detail
 *	and exits 0.
 */
#ifndef DOCKET_WIRE_H
#define DOCKET_WIRE_H

#include "err.h"

#include <stdint.h>

#define WIRE_VERSION 4

struct wire_ready {
	uint32_t sandbox; /* bits: 1 seccomp, 2 landlock, 4 no_new_privs, 8 rlimits */
};
struct wire_bear {
	uint64_t memory;  /* bytes of address space on top of what is loaded */
	uint64_t cpu_s;   /* of processors */
	uint32_t threads; /* pages at once */
};
struct wire_born {
	int32_t pid;
};
struct wire_parse_request {
	uint64_t size;
	uint64_t max_unpacked; /* bytes */
	uint32_t max_pages, max_megapixels;
	uint32_t max_entries, max_ratio; /* of archives */
	uint32_t max_nesting;            /* of markup */
	uint32_t max_attachments;
	uint32_t page_time_ms; /* by the clock */
	uint32_t pictures;     /* 0: no page pictures wanted */
	uint32_t at_once;      /* pages, at most */
};
struct wire_parse_progress {
	uint32_t pages_done, pages_total;
};
struct wire_parse_picture {
	uint32_t page, width, height, thumbnail; /* thumbnail: 1 for the small one */
	uint64_t size;
};
struct wire_parse_attachment {
	uint64_t size;
	char name[256]; /* NUL-terminated UTF-8, as a stranger wrote it */
};
struct wire_parse_done {
	uint64_t size;
	uint32_t cpu_ms, peak_rss_kib;
};
struct wire_parse_failed {
	char code[40]; /* NUL-terminated, of err.tbl.h */
	char detail[200];
};

enum wire_type {
#define X(name, from, to, payload, fd) WIRE_##name,
#include "wire.tbl.h"
#undef X
	WIRE_MAX
};
const char *wire_name(enum wire_type t);

struct wire_message {
	enum wire_type type;
	int fd; /* -1: none; whoever receives owns it */
	union {
		struct wire_ready ready;
		struct wire_bear bear;
		struct wire_born born;
		struct wire_parse_request parse_request;
		struct wire_parse_progress parse_progress;
		struct wire_parse_picture parse_picture;
		struct wire_parse_attachment parse_attachment;
		struct wire_parse_done parse_done;
		struct wire_parse_failed parse_failed;
	};
};

/* ERR_BROKEN when the other side is gone. The descriptor stays the caller's. */
enum err wire_send(int socket, const struct wire_message *m, struct why *why) MUST_CHECK;
/* Waits up to timeout_ms (-1: for ever): ERR_DEADLINE. ERR_BROKEN when the other side is gone,
 * ERR_BAD_DOCUMENT for anything that is not a message of this version. */
enum err wire_receive(int socket, int64_t timeout_ms, struct wire_message *ret, struct why *why) MUST_CHECK;

#endif
