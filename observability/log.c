/* Events: a line of JSON is built whole and written with one write(), so that lines of several
 * threads and processes on one pipe do not mix (a pipe keeps writes of up to PIPE_BUF together). */
#include "buf.h"
#include "clock.h"
#include "events.h"
#include "observe.h"
#include "own.h"

#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define VALUE_MAX  512 /* bytes of one string; longer ones are cut */
#define FIELDS_MAX 24  /* of one context */
#define END_MAX    24  /* kept free for the end of a line */
#define WAIT_MS \
	100 /* for a reader of the log that has stopped reading; after that none until it reads again */

/* A field as it stands in a line, `,"key":value`, in its context's text. */
struct entry {
	uint16_t at, len, key_len;
};
struct log {
	const char *contour;
	bool dropped; /* a field did not fit */
	size_t n;
	struct entry entries[FIELDS_MAX];
	char text[]; /* all of them, one after another */
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static _Atomic int lowest = LOG_INFO;
static const int priorities[] = {7, 6, 4, 3}; /* syslog's, as sd-daemon(3) wants them before a line */
static _Atomic int out_fd = STDERR_FILENO;
static _Atomic bool for_journal;

/* Is `fd` the journal's end of a stream? systemd.exec(5): JOURNAL_STREAM is "device:inode" of it. */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char ours[64];
	if (!stream || fstat(fd, &st) != 0)
		return false;
	snprintf(ours, sizeof ours, "%llu:%llu", (unsigned long long)st.st_dev,
	         (unsigned long long)st.st_ino);
	return strcmp(stream, ours) == 0;
}

static pthread_once_t looked = PTHREAD_ONCE_INIT;

static void
look_where_lines_go(void)
{
	atomic_store(&for_journal, is_journal(atomic_load(&out_fd)));
}

bool
log_set_level(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcmp(level_names[i], name) == 0) {
			atomic_store(&lowest, (int)i);
			return true;
		}
	}
	return false;
}

void
log_set_fd(int fd)
{
	atomic_store(&out_fd, fd);
	atomic_store(&for_journal, is_journal(fd));
}

/* Never longer than VALUE_MAX, and never cut inside a character. */
static size_t
cut(const char *s)
{
	size_t n = strnlen(s, VALUE_MAX + 1);
	if (n <= VALUE_MAX)
		return n;
	for (n = VALUE_MAX; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static void
put_value(struct buf *b, const struct field *f)
{
	switch (f->type) {
	case FIELD_INT:
		buf_printf(b, "%lld", (long long)f->i);
		break;
	case FIELD_NUM:
		if (isfinite(f->d))
			buf_printf(b, "%.6g", f->d);
		else
			buf_puts(b, "null");
		break;
	case FIELD_BOOL:
		buf_puts(b, f->i ? "true" : "false");
		break;
	case FIELD_STR:
		buf_json_string(b, f->s, cut(f->s));
		break;
	case FIELD_END:
		break;
	}
}

static bool
left_out(const struct field *f)
{
	return f->type == FIELD_STR && !f->s;
}

static bool
said_again(const struct log *log, const struct entry *e, const struct field *fields)
{
	const char *key = log->text + e->at + strlen(",\"");
	for (; fields->type != FIELD_END; fields++) {
		if (!left_out(fields) && strncmp(fields->key, key, e->key_len) == 0 &&
		    !fields->key[e->key_len])
			return true;
	}
	return false;
}

/* What does not fit is left out, field by field. */
static bool
put_field(struct buf *b, const struct field *f)
{
	size_t before = b->len;
	buf_puts(b, ",\"");
	buf_puts(b, f->key);
	buf_puts(b, "\":");
	put_value(b, f);
	if (!b->full)
		return true;
	buf_cut(b, before);
	return false;
}

static struct log *
log_new(const char *contour, const struct buf *text)
{
	struct log *log = calloc(1, sizeof *log + text->len + 1);
	if (!log)
		BUG("no memory for a log context");
	log->contour = contour;
	memcpy(log->text, text->data, text->len);
	return log;
}

struct log *
log_root(const char *contour)
{
	char space[1];
	struct buf nothing = buf_on(space, sizeof space);
	pthread_once(&looked, look_where_lines_go);
	return log_new(contour, &nothing);
}

struct log *
log_child_(const struct log *parent, const struct field *fields)
{
	char space[PIPE_BUF] UNCLEARED;
	struct buf text = buf_on(space, sizeof space);
	struct entry entries[FIELDS_MAX];
	size_t n = 0;
	bool dropped = parent && parent->dropped;
	for (size_t i = 0; parent && i < parent->n; i++) {
		struct entry e = parent->entries[i];
		if (said_again(parent, &e, fields))
			continue;
		buf_put(&text, parent->text + e.at, e.len);
		e.at = (uint16_t)(text.len - e.len);
		entries[n++] = e;
	}
	for (; fields->type != FIELD_END; fields++) {
		size_t at = text.len;
		if (left_out(fields))
			continue;
		if (n == FIELDS_MAX || !put_field(&text, fields)) {
			dropped = true;
			continue;
		}
		entries[n++] = (struct entry){.at = (uint16_t)at,
		                              .len = (uint16_t)(text.len - at),
		                              .key_len = (uint16_t)strlen(fields->key)};
	}
	struct log *log = log_new(parent ? parent->contour : "tool", &text);
	log->dropped = dropped;
	log->n = n;
	memcpy(log->entries, entries, n * sizeof entries[0]);
	return log;
}

void
log_close(struct log **log)
{
	free(*log);
	*log = NULL;
}

/* A pipe that has room takes a whole line at once; one whose reader has stopped would hold everybody up. A
 * log that cannot be written has nobody to tell. */
static void
write_line(int fd, const char *line, size_t n)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* else the room goes to another */
	static bool stuck;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	pthread_mutex_lock(&one_at_a_time);
	stuck = poll(&p, 1, stuck ? 0 : WAIT_MS) == 0;
	ssize_t ignored = stuck ? 0 : write(fd, line, n);
	pthread_mutex_unlock(&one_at_a_time);
	(void)ignored;
}

void
log_event_(const struct log *log, enum log_level level, const char *event, const struct field *fields)
{
	metric_add(METRIC_LOG_EVENTS, level_names[level], event_find(event) ? event : "unlisted", 1);
	int32_t held_back;
	if (!log || (int)level < atomic_load(&lowest) || !event_passes(event, clock_steady_ms(), &held_back))
		return;

	char now[CLOCK_TEXT_LEN], space[PIPE_BUF] UNCLEARED;
	clock_text(clock_wall_ms(), now);
	struct buf line = buf_on(space, sizeof space);
	line.ceiling -= END_MAX;
	if (atomic_load(&for_journal))
		buf_printf(&line, "<%d>", priorities[level]);
	buf_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"contour\":\"%s\"", now,
	           level_names[level], event, log->contour);
	bool dropped = log->dropped;
	for (size_t i = 0; i < log->n; i++) {
		const struct entry *e = &log->entries[i];
		if (said_again(log, e, fields))
			continue;
		size_t before = line.len;
		buf_put(&line, log->text + e->at, e->len);
		if (line.full) {
			buf_cut(&line, before);
			dropped = true;
		}
	}
	for (; fields->type != FIELD_END; fields++)
		dropped |= !left_out(fields) && !put_field(&line, fields);
	if (held_back > 0)
		dropped |= !put_field(&line, &F_INT("held_back", held_back));
	line.ceiling += END_MAX;
	buf_puts(&line, dropped ? ",\"cut\":true}\n" : "}\n");
	write_line(atomic_load(&out_fd), line.data, line.len);
}
