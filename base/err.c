#include "err.h"

#include "utf8.h"

#include <errno.h>
#include <stdarg.h>

static const struct err_row {
	const char *code;
	int http;
	enum fate fate;
	const char *text, *advice;
} rows[ERR_MAX] = {
#define X(name, code, http, fate, text, advice) {code, http, FATE_##fate, text, advice},
#include "err.tbl.h"
#undef X
};

static const struct err_row *
row(enum err e)
{
	if ((unsigned)e >= ERR_MAX)
		BUG("error code %d out of range", (int)e);
	return &rows[e];
}

const char *
err_code(enum err e)
{
	return row(e)->code;
}

int
err_http(enum err e)
{
	return row(e)->http;
}

enum fate
err_fate(enum err e)
{
	return row(e)->fate;
}

const char *
err_text(enum err e)
{
	return row(e)->text;
}

const char *
err_advice(enum err e)
{
	return row(e)->advice;
}

bool
err_retryable(enum err e)
{
	switch (e) {
	case ERR_BODY_CUT:
	case ERR_SLOW_CLIENT:
	case ERR_KEY_IN_FLIGHT:
	case ERR_NOT_FINISHED:
	case ERR_BAD_DOCUMENT: /* ours, whatever becomes of the job by itself */
		return true;
	default:
		return row(e)->fate == FATE_RETRY || row(e)->fate == FATE_AWAIT;
	}
}

bool
err_from_code(const char *code, enum err *ret)
{
	for (int i = 0; i < ERR_MAX; i++) {
		if (strcmp(rows[i].code, code) == 0) {
			*ret = (enum err)i;
			return true;
		}
	}
	return false;
}

/* What others say stands in it, and may be cut inside a letter; PostgreSQL refuses a text that is no UTF-8,
 * and a job must not hang on that. */
static void
make_one_line(char *s)
{
	char *out = s;
	for (const char *end = s + strlen(s); s < end;) {
		size_t n = utf8_sequence(s, (size_t)(end - s));
		if (n == 1 && ((unsigned char)*s < ' ' || *s == 0x7F))
			*out = ' ';
		else
			memmove(out, s, n);
		out += n;
		s += n ? n : 1;
	}
	*out = '\0';
}

/* Not as the static analyzer has them. */
#undef fail
#undef fail_errno

enum err
fail(struct why *why, enum err e, const char *fmt, ...)
{
	if (!why)
		return e;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	make_one_line(why->text);
	return e;
}

enum err
fail_errno(struct why *why, enum err e, const char *fmt, ...)
{
	int saved = errno;
	if (saved == ENOSPC || saved == EDQUOT)
		e = ERR_FULL;
	if (!why)
		return e;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof why->text)
		snprintf(why->text + n, sizeof why->text - (size_t)n, ": %s", strerrordesc_np(saved));
	make_one_line(why->text);
	return e;
}

void
bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "BUG at %s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}
