/* parsers.h: the door of parsers: one document in, what it says out.
 *
 * Behind it stands a pool of `docket-parse` processes, born with their models loaded, that have closed
 * their sandbox; each serves exactly one document and dies. The bytes of a document meet nothing
 * but such a process. What comes back is still hostile: read it with document_read().
 *
 * Thread-safe. parser_pool_start() starts `warm` processes and a thread that keeps as many ready.
 */
#ifndef DOCKET_PARSERS_H
#define DOCKET_PARSERS_H

#include "err.h"

#include <stdint.h>

struct parser_pool;

struct parser_options {
	const char *program;   /* path of docket-parse; NULL: beside the running executable */
	const char *languages; /* "eng+rus" */
	const char *engine;    /* "tesseract" or "docket"; NULL: the first that there is */
	int32_t warm;          /* processes kept ready */
	int32_t max_running;   /* documents at once; more wait */
	int64_t memory;        /* bytes of address space each, on top of the models */
	int32_t threads;       /* pages of a document at once while no other is read; 0: 1 */
	int32_t max_pages, max_megapixels;
	int64_t page_time_ms;    /* of processors; four times as long by the clock */
	int64_t max_unpacked;    /* bytes; 0: 1 GiB */
	int32_t max_entries;     /* parts of an archive or a mail; 0: 1000 */
	int32_t max_ratio;       /* unpacked bytes for each packed one; 0: 200 */
	int32_t max_nesting;     /* elements inside elements; 0: 200 */
	int32_t max_attachments; /* of a mail; 0: none is handed out */
	bool require_sandbox;    /* refuse to start where the kernel offers none */
};

/* ERR_BROKEN when the first parser does not come up or, with require_sandbox, is not confined. */
enum err parser_pool_start(const struct parser_options *o, struct parser_pool **ret, struct why *why)
    MUST_CHECK;
void parser_pool_stop(struct parser_pool **p); /* kills what still runs */

/* Answers to a running parse. Called on the thread that called parser_parse(). Any may be NULL. A
 * callback that does not return ERR_NONE ends the parse with that code. */
struct parse_events {
	void *arg;
	enum err (*progress)(void *arg, int32_t pages_done, int32_t pages_total, struct why *why);
	/* WebP bytes in fd, which stays the pool's. page from 1. */
	enum err (*picture)(void *arg, int32_t page, int32_t width, int32_t height, bool thumbnail, int fd,
	                    uint64_t size, struct why *why);
	/* A file that hung on the document; its name is made harmless. As with pictures, fd stays the
	 * pool's. */
	enum err (*attachment)(void *arg, const char *name, int fd, uint64_t size, struct why *why);
	/* Polled a few times a second: not ERR_NONE kills the parser (cancelled, lease lost, stopping). */
	enum err (*keep_going)(void *arg, struct why *why);
};

struct parse_result {
	int json_fd; /* docket.document/1; the caller closes it */
	uint64_t json_len;
	int64_t wall_ms, cpu_ms, peak_rss_kib;
};

/* Blocks. `document` is a readable, seekable descriptor that stays the caller's. deadline: steady
 * clock, ms. Fails with the document's own codes (ERR_ENCRYPTED, ERR_CORRUPT_FILE,
 * ERR_TOO_MANY_PAGES, ERR_UNSUPPORTED_TYPE, ...), ERR_PARSER_CRASHED, ERR_PARSER_TIMEOUT,
 * ERR_PARSER_MEMORY, or what a callback said. */
enum err parser_parse(struct parser_pool *p, int document, uint64_t size, int64_t deadline_ms,
                      const struct parse_events *events, struct parse_result *ret, struct why *why)
    MUST_CHECK;

struct parser_stats {
	int32_t warm, busy;
	uint64_t parsed, crashed, timed_out, out_of_memory;
	uint64_t not_started; /* did not come up, or ended before they had a document */
	uint32_t nurseries;   /* that were started */
	uint32_t sandbox;     /* bits as in wire_ready */
};
void parser_pool_stats(struct parser_pool *p, struct parser_stats *ret);

/* What the bytes are, from their beginning: a media type, or NULL if not one that is read.
 * Safe on hostile input: compares magic numbers, opens nothing. n: how much is there, 64 is enough
 * for most, 4096 for all. */
const char *document_media_type(const uint8_t *head, size_t n);
/* What a file's name claims that it is, by its ending; NULL: nothing that is known here. */
const char *document_type_of_name(const char *name);

#endif
