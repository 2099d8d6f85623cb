#include "mime.h"

#include "uuid.h"

#define BOUNDARY_MAX 200
#define VALUE_MAX    (16 * KIB)

/* ---- lines and headers ---- */

/* The line at `*at`, without its end, and `*at` behind it. */
static struct mime_view
next_line(struct mime_view v, size_t *at)
{
	const uint8_t *from = v.p + *at;
	const uint8_t *end = memchr(from, '\n', v.n - *at);
	size_t n = end ? (size_t)(end - from) : v.n - *at;
	*at += n + (end != NULL);
	if (n > 0 && from[n - 1] == '\r')
		n--;
	return (struct mime_view){from, n};
}

static struct mime_view
rest(struct mime_view v, size_t at)
{
	return (struct mime_view){v.p + at, v.n - at};
}

/* Headers up to the empty line, and what follows it. */
static void
split(struct mime_view all, struct mime_view *headers, struct mime_view *body)
{
	for (size_t at = 0; at < all.n;) {
		size_t from = at;
		if (next_line(all, &at).n == 0) {
			*headers = (struct mime_view){all.p, from};
			*body = rest(all, at);
			return;
		}
	}
	*headers = all;
	*body = (struct mime_view){all.p + all.n, 0};
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The raw value of a header, lines joined by spaces; the first of that name. */
static bool
raw_header(struct mime_view headers, const char *name, struct buf *ret)
{
	size_t len = strlen(name);
	bool mine = false;
	for (size_t at = 0; at < headers.n;) {
		struct mime_view line = next_line(headers, &at);
		if (line.n > 0 && is_blank(line.p[0])) {
			if (!mine)
				continue;
			buf_putc(ret, ' ');
			size_t skip = 0;
			while (skip < line.n && is_blank(line.p[skip]))
				skip++;
			buf_put(ret, line.p + skip, line.n - skip);
			continue;
		}
		if (mine)
			return true;
		size_t n = line.n > len && line.p[len] == ':' ? len : 0;
		mine = n && strncasecmp((const char *)line.p, name, len) == 0;
		if (!mine)
			continue;
		for (n++; n < line.n && is_blank(line.p[n]); n++)
			;
		buf_put(ret, line.p + n, line.n - n);
	}
	return mine;
}

/* ---- codings ---- */

static void
from_base64(struct mime_view v, struct buf *ret)
{
	uint32_t bits = 0;
	int n = 0;
	for (size_t i = 0; i < v.n; i++) {
		uint8_t c = v.p[i];
		int d = c >= 'A' && c <= 'Z'   ? c - 'A'
		        : c >= 'a' && c <= 'z' ? c - 'a' + 26
		        : c >= '0' && c <= '9' ? c - '0' + 52
		        : c == '+'             ? 62
		        : c == '/'             ? 63
		                               : -1;
		if (c == '=')
			n = 0; /* the end, or the seam of two pieces */
		if (d < 0)
			continue;
		bits = bits << 6 | (uint32_t)d;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_putc(ret, (char)(bits >> n & 0xFF));
		}
	}
}

/* `words`: as in headers, where "_" is a space. */
static void
from_quoted(struct mime_view v, bool words, struct buf *ret)
{
	for (size_t i = 0; i < v.n; i++) {
		uint8_t c = v.p[i];
		if (c == '=' && i + 2 < v.n && hex_digit((char)v.p[i + 1]) >= 0 &&
		    hex_digit((char)v.p[i + 2]) >= 0) {
			buf_putc(ret, (char)(hex_digit((char)v.p[i + 1]) << 4 | hex_digit((char)v.p[i + 2])));
			i += 2;
		} else if (c == '=' && !words) { /* a line that goes on */
			size_t end = i + 1;
			while (end < v.n && is_blank(v.p[end]))
				end++;
			if (end < v.n && v.p[end] == '\r')
				end++;
			if (end < v.n && v.p[end] == '\n')
				i = end;
			else
				buf_putc(ret, '=');
		} else {
			buf_putc(ret, words && c == '_' ? ' ' : (char)c);
		}
	}
}

void
mime_decode(const struct mime_part *part, struct buf *ret)
{
	if (part->coding == MIME_BASE64)
		from_base64(part->body, ret);
	else if (part->coding == MIME_QUOTED)
		from_quoted(part->body, false, ret);
	else
		buf_put(ret, part->body.p, part->body.n);
}

/* ---- encoded words: =?charset?B?...?= ---- */

/* The length of the encoded word at v, its bytes (in their character set) in `ret`; 0: there is none. */
static size_t
encoded_word(struct mime_view v, struct buf *ret, const struct charset **charset)
{
	const uint8_t *mark[4] = {0}; /* the question marks */
	int n = 0;
	if (v.n < 8 || v.p[0] != '=' || v.p[1] != '?')
		return 0;
	for (size_t i = 1; i < v.n && n < 4 && v.p[i] > ' '; i++) {
		if (v.p[i] == '?')
			mark[n++] = v.p + i;
	}
	if (n < 4 || mark[2] != mark[1] + 2 || mark[3] + 1 >= v.p + v.n || mark[3][1] != '=')
		return 0;
	uint8_t coding = mark[1][1] | 0x20;
	size_t label = (size_t)(mark[1] - mark[0] - 1);
	const uint8_t *star = memchr(mark[0] + 1, '*', label); /* a language may follow */
	*charset = charset_find((const char *)mark[0] + 1, star ? (size_t)(star - mark[0] - 1) : label);
	struct mime_view inside = {mark[2] + 1, (size_t)(mark[3] - mark[2] - 1)};
	if (coding == 'b')
		from_base64(inside, ret);
	else if (coding == 'q')
		from_quoted(inside, true, ret);
	else
		return 0;
	return (size_t)(mark[3] + 2 - v.p);
}

static void
put_decoded(const struct charset *c, const struct buf *bytes, struct buf *ret)
{
	const uint8_t *p = (const uint8_t *)bytes->data;
	if (bytes->len)
		charset_decode(c ? c : charset_guess(p, bytes->len), p, bytes->len, ret);
}

/* A letter may be cut between two encoded words, so those of one set that touch are decoded together. */
static void
decode_words(struct mime_view v, struct buf *ret)
{
	OWNED(buf_free) struct buf word = buf_init(VALUE_MAX);
	OWNED(buf_free) struct buf plain = buf_init(VALUE_MAX);
	const struct charset *open = NULL;
	for (size_t i = 0; i < v.n;) {
		OWNED(buf_free) struct buf piece = buf_init(VALUE_MAX);
		const struct charset *charset = NULL;
		size_t blanks = i;
		while (word.len && blanks < v.n && is_blank(v.p[blanks]))
			blanks++;
		size_t len = encoded_word(rest(v, blanks), &piece, &charset);
		if (len > 0) {
			put_decoded(NULL, &plain, ret);
			buf_clear(&plain);
			if (word.len && charset != open) {
				put_decoded(open, &word, ret);
				buf_clear(&word);
			}
			open = charset;
			buf_put(&word, piece.data ? piece.data : "", piece.len);
			i = blanks + len;
			continue;
		}
		put_decoded(open, &word, ret);
		buf_clear(&word);
		buf_putc(&plain, (char)v.p[i++]);
	}
	put_decoded(open, &word, ret);
	put_decoded(NULL, &plain, ret);
}

static void
one_line(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		if ((unsigned char)b->data[i] < 0x20 || b->data[i] == 0x7F)
			b->data[i] = ' ';
	}
}

bool
mime_header(struct mime_view headers, const char *name, struct buf *ret)
{
	OWNED(buf_free) struct buf raw = buf_init(VALUE_MAX);
	if (!raw_header(headers, name, &raw) || !raw.data)
		return false;
	decode_words((struct mime_view){(const uint8_t *)raw.data, raw.len}, ret);
	one_line(ret);
	return ret->len > 0;
}

/* ---- parameters: name=value; name*=charset'language'%41%42; name*0=... ---- */

/* The parameter at *p: its name and value, or false at the end. */
static bool
next_parameter(const char **p, char name[static 64], struct buf *value)
{
	const char *s = strchr(*p, ';');
	if (!s)
		return false;
	s++;
	s += strspn(s, " \t");
	size_t n = strcspn(s, "=; \t");
	snprintf(name, 64, "%.*s", (int)(n < 63 ? n : 63), s);
	s += n;
	s += strspn(s, " \t");
	buf_clear(value);
	if (*s == '=') {
		s++;
		s += strspn(s, " \t");
		if (*s == '"') {
			for (s++; *s && *s != '"'; s++) {
				if (*s == '\\' && s[1])
					s++;
				buf_putc(value, *s);
			}
			s += *s == '"';
		} else {
			n = strcspn(s, "; \t");
			buf_put(value, s, n);
			s += n;
		}
	}
	*p = s;
	return true;
}

static void
unpercent(const char *s, struct buf *ret)
{
	for (; *s; s++) {
		if (*s == '%' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
			buf_putc(ret, (char)(hex_digit(s[1]) << 4 | hex_digit(s[2])));
			s += 2;
		} else {
			buf_putc(ret, *s);
		}
	}
}

/* The value as UTF-8. Pieces (name*0, name*1) are taken in the order in which they stand. */
static bool
parameter(const char *header, const char *wanted, struct buf *ret)
{
	OWNED(buf_free) struct buf value = buf_init(VALUE_MAX);
	OWNED(buf_free) struct buf bytes = buf_init(VALUE_MAX);
	const struct charset *charset = NULL;
	size_t len = strlen(wanted);
	char name[64];
	bool found = false;
	for (const char *p = header; next_parameter(&p, name, &value);) {
		if (strncasecmp(name, wanted, len) != 0 || (name[len] && name[len] != '*') || !value.data)
			continue;
		size_t last = strlen(name) - 1;
		if (name[last] != '*') {
			if (name[len]) /* a piece that is not encoded */
				buf_put(&bytes, value.data, value.len);
			else if (!found)
				decode_words((struct mime_view){(uint8_t *)value.data, value.len}, ret);
			found = true;
			continue;
		}
		const char *text = value.data, *quote = strchr(text, '\'');
		const char *second = quote && !found ? strchr(quote + 1, '\'') : NULL;
		if (second) {
			charset = charset_find(text, (size_t)(quote - text));
			text = second + 1;
			buf_clear(ret); /* the plain form beside it is for old programs */
		}
		unpercent(text, &bytes);
		found = true;
	}
	put_decoded(charset, &bytes, ret);
	one_line(ret);
	return ret->len > 0;
}

/* ---- parts ---- */

struct finder {
	struct arena *mem;
	struct mime_part *parts;
	size_t n, most;
	int32_t alternatives;
	bool more;
};

static void
read_type(const char *header, char ret[static 64])
{
	size_t n = strcspn(header, "; \t");
	snprintf(ret, 64, "%.*s", (int)(n < 63 ? n : 63), header);
	for (char *p = ret; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
}

static enum mime_coding
read_coding(struct mime_view headers)
{
	OWNED(buf_free) struct buf v = buf_init(VALUE_MAX);
	if (!raw_header(headers, "Content-Transfer-Encoding", &v) || !v.data)
		return MIME_PLAIN;
	return strncasecmp(v.data, "base64", 6) == 0              ? MIME_BASE64
	       : strncasecmp(v.data, "quoted-printable", 16) == 0 ? MIME_QUOTED
	                                                          : MIME_PLAIN;
}

/* What the headers say of a part. `type` is the whole Content-Type. */
static enum err
describe(struct finder *f, struct mime_part *part, const char *type, struct why *why)
{
	OWNED(buf_free) struct buf disposition = buf_init(VALUE_MAX);
	OWNED(buf_free) struct buf name = buf_init(VALUE_MAX);
	OWNED(buf_free) struct buf label = buf_init(VALUE_MAX);
	OWNED(buf_free) struct buf id = buf_init(VALUE_MAX);
	part->coding = read_coding(part->headers);
	if (parameter(type, "charset", &label))
		part->charset = charset_find(label.data, label.len);
	bool said = raw_header(part->headers, "Content-Disposition", &disposition) && disposition.data;
	part->attached = said && strncasecmp(disposition.data, "attachment", 10) == 0;
	part->referred = raw_header(part->headers, "Content-ID", &id);
	if ((said && parameter(disposition.data, "filename", &name)) || parameter(type, "name", &name))
		ARENA_TRY(part->name, arena_strdup(f->mem, name.data), f->mem, why);
	return ERR_NONE;
}

static enum err find_parts(struct finder *f, struct mime_view all, int32_t depth, int32_t alternative,
                           struct why *why);

/* Is this line the boundary (1), the last one (2), or none (0)? */
static int
is_boundary(struct mime_view line, const struct buf *boundary)
{
	if (line.n < boundary->len + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary->data, boundary->len) != 0)
		return 0;
	struct mime_view after = rest(line, boundary->len + 2);
	bool last = after.n >= 2 && after.p[0] == '-' && after.p[1] == '-';
	for (size_t i = last ? 2 : 0; i < after.n; i++) {
		if (!is_blank(after.p[i]))
			return 0;
	}
	return last ? 2 : 1;
}

static enum err
find_in_multipart(struct finder *f, struct mime_view body, const struct buf *boundary, int32_t depth,
                  int32_t alternative, struct why *why)
{
	size_t from = 0;
	bool inside = false;
	for (size_t at = 0; at <= body.n;) {
		size_t here = at;
		struct mime_view line = at < body.n ? next_line(body, &at) : (struct mime_view){0};
		bool end = here >= body.n; /* a cut mail has no last boundary */
		int kind = end ? 2 : is_boundary(line, boundary);
		if (kind == 0)
			continue;
		if (inside) {
			/* The line's end before a boundary belongs to it. */
			size_t to = here;
			if (!end && to > from && body.p[to - 1] == '\n')
				to--;
			if (!end && to > from && body.p[to - 1] == '\r')
				to--;
			TRY(find_parts(f, (struct mime_view){body.p + from, to - from}, depth + 1,
			               alternative, why));
		}
		inside = true;
		from = at;
		if (kind == 2)
			break;
	}
	return ERR_NONE;
}

static enum err
find_parts(struct finder *f, struct mime_view all, int32_t depth, int32_t alternative, struct why *why)
{
	struct mime_part part = {.alternative = alternative};
	OWNED(buf_free) struct buf type = buf_init(VALUE_MAX);
	OWNED(buf_free) struct buf boundary = buf_init(BOUNDARY_MAX);
	split(all, &part.headers, &part.body);
	if (!raw_header(part.headers, "Content-Type", &type) || !type.data || type.full)
		buf_puts(&type, "text/plain");
	read_type(type.data ? type.data : "text/plain", part.type);
	if (strncmp(part.type, "multipart/", 10) == 0 && type.data &&
	    parameter(type.data, "boundary", &boundary) && !boundary.full) {
		if (depth == MIME_DEEP) {
			f->more = true;
			return ERR_NONE;
		}
		if (strcmp(part.type, "multipart/alternative") == 0 && alternative == 0)
			alternative = ++f->alternatives;
		return find_in_multipart(f, part.body, &boundary, depth, alternative, why);
	}
	if (f->n == f->most) {
		f->more = true;
		return ERR_NONE;
	}
	TRY(describe(f, &part, type.data ? type.data : "", why));
	f->parts[f->n++] = part;
	return ERR_NONE;
}

enum err
mime_read(const uint8_t *p, size_t n, size_t max_parts, struct arena *mem, struct mime *ret, struct why *why)
{
	struct mime_view all = {p, n}, body;
	struct finder f = {.mem = mem, .most = max_parts};
	/* As kept in a mailbox: a line that is no header stands before all. */
	if (n > 5 && memcmp(p, "From ", 5) == 0) {
		size_t at = 0;
		next_line(all, &at);
		all = rest(all, at);
	}
	ARENA_TRY(f.parts, arena_array(mem, max_parts + 1, sizeof *f.parts), mem, why);
	TRY(find_parts(&f, all, 0, 0, why));
	*ret = (struct mime){.parts = f.parts, .n_parts = f.n, .more = f.more};
	split(all, &ret->headers, &body);
	return ERR_NONE;
}
