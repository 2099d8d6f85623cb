/* Events: a line of JSON is built whole and written with one write(), so that lines of several
 * threads and processes on one pipe do not mix (a pipe keeps writes of up to PIPE_BUF together). */
#include "buf.h"
#include "clock.h"
#include "events.h"
#include "observe.h"
#include "own.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define VALUE_MAX  512 /* bytes of one string; longer ones are cut */
#define FIELDS_MAX 24  /* of one context */

struct entry {
	char *key, *text; /* text: the value as JSON */
};
struct log {
	const char *contour;
	size_t n;
	struct entry entries[FIELDS_MAX];
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
among(const char *key, const struct field *fields)
{
	for (; fields && fields->type != FIELD_END; fields++) {
		if (!left_out(fields) && strcmp(fields->key, key) == 0)
			return true;
	}
	return false;
}

static char *
copy(const char *s)
{
	char *c = strdup(s);
	if (!c)
		BUG("no memory for a log context");
	return c;
}

struct log *
log_root(const char *contour)
{
	pthread_once(&looked, look_where_lines_go);
	struct log *log = calloc(1, sizeof *log);
	if (!log)
		BUG("no memory for a log context");
	log->contour = contour;
	return log;
}

struct log *
log_child_(const struct log *parent, const struct field *fields)
{
	struct log *log = log_root(parent ? parent->contour : "tool");
	for (size_t i = 0; parent && i < parent->n; i++) {
		if (!among(parent->entries[i].key, fields))
			log->entries[log->n++] =
			    (struct entry){copy(parent->entries[i].key), copy(parent->entries[i].text)};
	}
	for (; fields->type != FIELD_END && log->n < FIELDS_MAX; fields++) {
		if (left_out(fields))
			continue;
		struct buf b = buf_init(8 * VALUE_MAX);
		put_value(&b, fields);
		log->entries[log->n++] = (struct entry){copy(fields->key), buf_take(&b, NULL)};
	}
	return log;
}

void
log_close(struct log **log)
{
	if (!*log)
		return;
	for (size_t i = 0; i < (*log)->n; i++) {
		free((*log)->entries[i].key);
		free((*log)->entries[i].text);
	}
	free(*log);
	*log = NULL;
}

/* What does not fit into a line is left out, field by field, and said. */
static void
put_field(struct buf *line, const char *key, const char *text, bool *dropped)
{
	size_t needed = strlen(key) + strlen(text) + 4;
	if (line->len + needed + 24 > line->ceiling) {
		*dropped = true;
		return;
	}
	buf_printf(line, ",\"%s\":%s", key, text);
}

void
log_event_(const struct log *log, enum log_level level, const char *event, const struct field *fields)
{
	metric_add(METRIC_LOG_EVENTS, level_names[level], event_find(event) ? event : "unlisted", 1);
	int32_t held_back;
	if (!log || (int)level < atomic_load(&lowest) || !event_passes(event, clock_steady_ms(), &held_back))
		return;

	char now[CLOCK_TEXT_LEN];
	clock_text(clock_wall_ms(), now);
	OWNED(buf_free) struct buf line = buf_init(PIPE_BUF);
	if (atomic_load(&for_journal))
		buf_printf(&line, "<%d>", priorities[level]);
	buf_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"contour\":\"%s\"", now,
	           level_names[level], event, log->contour);
	bool dropped = false;
	for (size_t i = 0; i < log->n; i++) {
		if (!among(log->entries[i].key, fields))
			put_field(&line, log->entries[i].key, log->entries[i].text, &dropped);
	}
	for (; fields->type != FIELD_END; fields++) {
		if (left_out(fields))
			continue;
		OWNED(buf_free) struct buf value = buf_init(8 * VALUE_MAX);
		put_value(&value, fields);
		put_field(&line, fields->key, value.data, &dropped);
	}
	if (held_back > 0) {
		char text[12];
		snprintf(text, sizeof text, "%d", held_back);
		put_field(&line, "held_back", text, &dropped);
	}
	buf_puts(&line, dropped ? ",\"cut\":true}\n" : "}\n");
	/* A log that cannot be written has nobody to tell. */
	ssize_t ignored = write(atomic_load(&out_fd), line.data, line.len);
	(void)ignored;
}
