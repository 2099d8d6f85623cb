#include "settings.h"

#include "own.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>

enum type { TYPE_STR, TYPE_INT, TYPE_BYTES, TYPE_MS, TYPE_BOOL };
enum origin { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

static const struct setting {
	enum type type;
	const char *section, *key, *flag, *fallback, *text;
	int64_t min, max;
	size_t offset;
} table[] = {
#define X(type, section, key, fallback, min, max, text) \
	{TYPE_##type,                                   \
	 #section,                                      \
	 #key,                                          \
	 #section "-" #key,                             \
	 fallback,                                      \
	 text,                                          \
	 min,                                           \
	 max,                                           \
	 offsetof(struct settings, section##_##key)},
#include "settings.tbl.h"
#undef X
};
#define N_SETTINGS ARRAY_LEN(table)

struct settings_private {
	char *value[N_SETTINGS]; /* as written */
	enum origin origin[N_SETTINGS];
};

/* '-' and '_' mean the same in names, so that flags and environment read naturally. */
static bool
name_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		int x = *a == '_' ? '-' : tolower((unsigned char)*a);
		int y = *b == '_' ? '-' : tolower((unsigned char)*b);
		if (x != y)
			return false;
	}
	return *a == *b;
}

static int
find(const char *name)
{
	for (size_t i = 0; i < N_SETTINGS; i++) {
		if (name_equal(table[i].flag, name))
			return (int)i;
	}
	return -1;
}

/* A number and its unit: the units' names and factors end with a NULL. */
struct unit {
	const char *name;
	int64_t factor;
};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};
static const struct unit byte_units[] = {{"", 1},        {"k", 1 << 10}, {"K", 1 << 10},
                                         {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct unit time_units[] = {{"", 1},      {"ms", 1},      {"s", 1000},
                                         {"m", 60000}, {"h", 3600000}, {NULL, 0}};

static bool
parse_number(const char *s, const struct unit *units, int64_t *ret)
{
	char *end;
	errno = 0;
	long long n = strtoll(s, &end, 10);
	if (end == s || errno != 0)
		return false;
	for (; units->name; units++) {
		if (strcmp(units->name, end) == 0) {
			int64_t v;
			if (__builtin_mul_overflow((int64_t)n, units->factor, &v))
				return false;
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool
parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = {"on", "yes", "true", "1"};
	static const char *const no[] = {"off", "no", "false", "0"};
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
			*ret = strcmp(s, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static enum err
set(struct settings *s, int i, const char *value, enum origin origin, const char *where, struct why *why)
{
	const struct setting *t = &table[i];
	char *slot = (char *)s + t->offset;
	int64_t n = 0;
	bool ok = true;

	OWNED(mem_free) char *copy = strdup(value);
	if (!copy)
		BUG("no memory for settings");
	switch (t->type) {
	case TYPE_STR:
		n = (int64_t)strlen(value);
		break;
	case TYPE_INT:
		ok = parse_number(value, no_units, &n);
		break;
	case TYPE_BYTES:
		ok = parse_number(value, byte_units, &n);
		break;
	case TYPE_MS:
		ok = parse_number(value, time_units, &n);
		break;
	case TYPE_BOOL:
		ok = parse_bool(value, (bool *)slot);
		break;
	}
	if (!ok)
		return fail(why, ERR_INVALID, "%s: %s = \"%.60s\" has the wrong form", where, t->flag, value);
	if (t->type != TYPE_BOOL && (n < t->min || n > t->max))
		return fail(why, ERR_INVALID, "%s: %s = \"%.60s\" is outside %lld to %lld%s", where, t->flag,
		            value, (long long)t->min, (long long)t->max,
		            t->type == TYPE_STR  ? " characters"
		            : t->type == TYPE_MS ? " ms"
		                                 : "");
	free(s->private->value[i]);
	s->private->value[i] = TAKE(copy);
	s->private->origin[i] = origin;
	if (t->type == TYPE_STR)
		*(const char **)slot = s->private->value[i];
	else if (t->type != TYPE_BOOL)
		*(int64_t *)slot = n;
	return ERR_NONE;
}

/* ---- the file: [section], and key = value below it ---- */

struct file_reading {
	struct settings *s;
	const char *file;
	int line;
	char section[64];
	struct why *why;
};

static char *
trim(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/* " ; to the end". An address may hold a semicolon. */
static void
cut_comment(char *s)
{
	for (char *p = strchr(s, ';'); p; p = strchr(p + 1, ';')) {
		if (p > s && isspace((unsigned char)p[-1])) {
			*p = '\0';
			return;
		}
	}
}

static enum err
take_line(struct file_reading *r, char *text)
{
	char name[128];
	char *line = trim(text);
	if (!*line || *line == '#' || *line == ';')
		return ERR_NONE;
	cut_comment(line);
	char *close = strchr(line, ']'), *sign = strpbrk(line, "=:");
	if (*line == '[' && close && !*trim(close + 1) && (size_t)(close - line) < sizeof r->section) {
		*close = '\0';
		snprintf(r->section, sizeof r->section, "%s", trim(line + 1));
		return ERR_NONE;
	}
	if (*line == '[' || !sign)
		return fail(r->why, ERR_INVALID, "%s: line %d is neither [section] nor key = value", r->file,
		            r->line);
	*sign = '\0';
	snprintf(name, sizeof name, "%s-%.60s", r->section, trim(line));
	int i = find(name);
	if (i < 0)
		return fail(r->why, ERR_INVALID, "%s: no setting is called \"%.80s\" in [%.40s]", r->file,
		            trim(line), r->section);
	return set(r->s, i, trim(sign + 1), FROM_FILE, r->file, r->why);
}

static enum err
read_lines(struct file_reading *r, FILE *f)
{
	OWNED(mem_free) char *line = NULL;
	size_t room = 0;
	for (ssize_t n; (n = getline(&line, &room, f)) >= 0;) {
		r->line++;
		if (strlen(line) != (size_t)n)
			return fail(r->why, ERR_INVALID, "%s: line %d is no text", r->file, r->line);
		bool mark = r->line == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0;
		TRY(take_line(r, line + (mark ? 3 : 0)));
	}
	return ferror(f) ? fail_errno(r->why, ERR_INVALID, "%s", r->file) : ERR_NONE;
}

static enum err
read_file(struct settings *s, const char *file, struct why *why)
{
	struct file_reading r = {.s = s, .file = file, .why = why};
	OWNED(file_close) FILE *f = fopen(file, "re");
	return f ? read_lines(&r, f) : fail_errno(why, ERR_INVALID, "%s", file);
}

/* ---- everything ---- */

static enum err
read_environment(struct settings *s, char *const env[], struct why *why)
{
	static const char prefix[] = "DOCKET_";
	for (; *env; env++) {
		const char *eq = strchr(*env, '=');
		if (!eq || strncmp(*env, prefix, sizeof prefix - 1) != 0)
			continue;
		char name[128];
		snprintf(name, sizeof name, "%.*s", (int)(eq - *env), *env);
		if (strcmp(name, "DOCKET_BUILD_DIR") == 0 || strcmp(name, "DOCKET_SOURCE_DIR") == 0)
			continue;
		int i = find(name + sizeof prefix - 1);
		if (i < 0)
			return fail(why, ERR_INVALID, "environment: %s names no setting", name);
		TRY(set(s, i, eq + 1, FROM_ENVIRONMENT, name, why));
	}
	return ERR_NONE;
}

static enum err
load(struct settings *s, const char *file, char *const env[], const struct settings_flag *flags,
     size_t n_flags, struct why *why)
{
	for (size_t i = 0; i < N_SETTINGS; i++)
		TRY(set(s, (int)i, table[i].fallback, FROM_DEFAULT, "default", why));
	if (file)
		TRY(read_file(s, file, why));
	TRY(read_environment(s, env, why));
	for (size_t i = 0; i < n_flags; i++) {
		int at = find(flags[i].name);
		if (at < 0)
			return fail(why, ERR_INVALID, "--%s names no setting", flags[i].name);
		TRY(set(s, at, flags[i].value, FROM_FLAG, "command line", why));
	}
	return ERR_NONE;
}

enum err
settings_load(struct settings *ret, const char *file, char *const env[], const struct settings_flag *flags,
              size_t n_flags, struct why *why)
{
	struct settings s = {.private = calloc(1, sizeof *s.private)};
	if (!s.private)
		BUG("no memory for settings");
	enum err e = load(&s, file, env, flags, n_flags, why);
	if (e != ERR_NONE)
		settings_release(&s);
	else
		*ret = s;
	return e;
}

void
settings_release(struct settings *s)
{
	if (!s->private)
		return;
	for (size_t i = 0; i < N_SETTINGS; i++)
		free(s->private->value[i]);
	free(s->private);
	s->private = NULL;
}

/* Where the credentials end, as libpq sees it: a "?" may stand in them, a "/" may not. Who forgot to write
 * "/" as %2F gets an error from libpq, but is not told on either. */
static const char *
credentials_end(const char *rest, bool postgres)
{
	const char *at = memrchr(rest, '@', strcspn(rest, postgres ? "/" : "/?#"));
	return at || !postgres ? at : memrchr(rest, '@', strcspn(rest, "?"));
}

bool
url_password(const char *url, size_t from, size_t *ret_at, size_t *ret_len)
{
	const char *rest = strstr(url, "://"), *named = url + from;
	if (!rest)
		return false;
	rest += 3;
	const char *at = credentials_end(rest, strncmp(url, "postgres", 8) == 0);
	const char *colon = at ? memchr(rest, ':', (size_t)(at - rest)) : NULL;
	if (colon && url + from <= colon + 1) {
		*ret_at = (size_t)(colon + 1 - url);
		*ret_len = (size_t)(at - colon - 1);
		return true;
	}
	named = strstr(colon && named < at ? at : named, "password=");
	if (!named)
		return false;
	named += strlen("password=");
	*ret_at = (size_t)(named - url);
	*ret_len = strcspn(named, "&");
	return true;
}

void
url_shown(const char *url, char *ret, size_t cap)
{
	size_t from = 0, at, len, n = 0;
	ret[0] = '\0';
	while (n < cap && url_password(url, from, &at, &len)) {
		n += (size_t)snprintf(ret + n, cap - n, "%.*s...", (int)(at - from), url + from);
		from = at + len;
	}
	if (n < cap)
		snprintf(ret + n, cap - n, "%s", url + from);
}

void
settings_print(const struct settings *s, FILE *out)
{
	static const char *const origins[] = {"default", "file", "environment", "command line"};
	const char *section = "";
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const struct setting *t = &table[i];
		if (strcmp(section, t->section) != 0)
			fprintf(out, "%s[%s]\n", *section ? "\n" : "", t->section);
		section = t->section;
		char value[4200];
		url_shown(s->private->value[i], value, sizeof value);
		fprintf(out, "# %s (%s)\n%s = %s\n", t->text, origins[s->private->origin[i]], t->key, value);
	}
}
