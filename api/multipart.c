#include "multipart.h"

#include "header_values.h"

#include <ctype.h>

enum err
multipart_begin(struct multipart *m, const char *content_type, const struct multipart_sink *sink,
                struct why *why)
{
	char boundary[MULTIPART_BOUNDARY_MAX + 2]; /* one more, to see that it is too long */
	if (!header_parameter(content_type, "boundary", boundary, sizeof boundary) || !*boundary ||
	    strlen(boundary) > MULTIPART_BOUNDARY_MAX)
		return fail(why, ERR_BAD_REQUEST,
		            "multipart/form-data needs a boundary of 1 to %d characters",
		            MULTIPART_BOUNDARY_MAX);
	for (const char *c = boundary; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			return fail(why, ERR_BAD_REQUEST, "the boundary holds a control character");
	memset(m, 0, sizeof *m);
	m->sink = *sink;
	m->delimiter_len = (size_t)snprintf(m->delimiter, sizeof m->delimiter, "\r\n--%s", boundary);
	m->matched = 2; /* the first boundary needs no line before it */
	return ERR_NONE;
}

/* The part's headers are whole: "Content-Disposition: form-data; name=...; filename=..." */
static enum err
begin_part(struct multipart *m, struct why *why)
{
	if (++m->parts > MULTIPART_PARTS_MAX)
		return fail(why, ERR_BAD_REQUEST, "more than %d parts in a form", MULTIPART_PARTS_MAX);
	char name[256] = "", filename[1024];
	bool has_filename = false;
	for (char *line = m->headers; line && *line;) {
		char *end = strstr(line, "\r\n");
		if (end)
			*end = '\0';
		const char *label = "content-disposition:";
		if (strncasecmp(line, label, strlen(label)) == 0) {
			const char *value = line + strlen(label);
			header_parameter(value, "name", name, sizeof name);
			has_filename = header_parameter(value, "filename", filename, sizeof filename);
		}
		line = end ? end + 2 : NULL;
	}
	return m->sink.part(m->sink.arg, name, has_filename ? filename : NULL, why);
}

static enum err
take_header_byte(struct multipart *m, char c, struct why *why)
{
	if (m->n_headers == MULTIPART_HEADERS_MAX)
		return fail(why, ERR_BAD_REQUEST, "the headers of a form's part are over %d bytes",
		            MULTIPART_HEADERS_MAX);
	m->headers[m->n_headers++] = c ? c : ' ';
	m->headers[m->n_headers] = '\0';
	const char *h = m->headers;
	size_t n = m->n_headers;
	bool whole =
	    (n >= 4 && memcmp(h + n - 4, "\r\n\r\n", 4) == 0) || (n == 2 && memcmp(h, "\r\n", 2) == 0);
	if (!whole)
		return ERR_NONE;
	TRY(begin_part(m, why));
	m->state = MP_BODY;
	m->matched = 0;
	return ERR_NONE;
}

static enum err
take_after_boundary(struct multipart *m, char c, struct why *why)
{
	if (m->n_after == 0 && (c == ' ' || c == '\t'))
		return ERR_NONE; /* padding that RFC 2046 allows */
	m->after[m->n_after++] = c;
	if (m->n_after < 2)
		return ERR_NONE;
	m->n_after = 0;
	if (memcmp(m->after, "--", 2) == 0) {
		m->state = MP_EPILOGUE;
	} else if (memcmp(m->after, "\r\n", 2) == 0) {
		m->state = MP_HEADERS;
		m->n_headers = 0;
		m->headers[0] = '\0';
	} else {
		return fail(why, ERR_BAD_REQUEST, "a boundary of the form is followed by something else");
	}
	return ERR_NONE;
}

static enum err
emit(struct multipart *m, const void *p, size_t n, struct why *why)
{
	if (m->state != MP_BODY || n == 0)
		return ERR_NONE; /* what comes before the first boundary is for nobody */
	return m->sink.data(m->sink.arg, p, n, why);
}

/* Preamble and body: look for the delimiter, whose CR stands only at its start, so that after a
 * failed match nothing but the byte at hand can begin another. Returns how much was used. */
static enum err
take_until_delimiter(struct multipart *m, const char *p, size_t n, size_t *used, struct why *why)
{
	size_t i = 0;
	while (i < n) {
		if (m->matched == 0) {
			const char *cr = memchr(p + i, '\r', n - i);
			size_t run = cr ? (size_t)(cr - p) - i : n - i;
			TRY(emit(m, p + i, run, why));
			i += run;
			if (!cr)
				break;
			m->matched = 1;
			i++;
			continue;
		}
		if (p[i] == m->delimiter[m->matched]) {
			i++;
			if (++m->matched == m->delimiter_len) {
				m->matched = 0;
				m->state = MP_AFTER_BOUNDARY;
				break;
			}
			continue;
		}
		TRY(emit(m, m->delimiter, m->matched, why));
		m->matched = 0; /* and look at this byte again */
	}
	*used = i;
	return ERR_NONE;
}

enum err
multipart_feed(struct multipart *m, const char *p, size_t n, struct why *why)
{
	while (n > 0) {
		size_t used = 1;
		switch (m->state) {
		case MP_PREAMBLE:
		case MP_BODY:
			TRY(take_until_delimiter(m, p, n, &used, why));
			break;
		case MP_AFTER_BOUNDARY:
			TRY(take_after_boundary(m, *p, why));
			break;
		case MP_HEADERS:
			TRY(take_header_byte(m, *p, why));
			break;
		case MP_EPILOGUE:
			return ERR_NONE;
		}
		p += used;
		n -= used;
	}
	return ERR_NONE;
}

enum err
multipart_end(const struct multipart *m, struct why *why)
{
	if (m->state != MP_EPILOGUE)
		return fail(why, ERR_BODY_CUT, "the form ends before its closing boundary");
	return ERR_NONE;
}
