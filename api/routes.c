#include "routes.h"

#include "header_values.h"

#define X(name) &route_##name,
static const struct route *const routes[] = {ROUTE_MAP(X)};
#undef X

/* "GET /jobs/{id}" -> the method's length; the pattern follows one space later. */
static size_t
method_len(const struct route *r)
{
	return strcspn(r->name, " ");
}

static void
take_parameter(const char *name, size_t name_len, const char *value, size_t n, struct route_match *ret)
{
	char text[UUID_TEXT_LEN];
	bool fits = n < sizeof text;
	snprintf(text, sizeof text, "%.*s", (int)(fits ? n : 0), value);
	int64_t number;
	if (name_len == 5 && memcmp(name, "token", 5) == 0) {
		if (n < sizeof ret->word)
			snprintf(ret->word, sizeof ret->word, "%.*s", (int)n, value);
		return; /* too long is as good as none: no token is empty */
	}
	if (name_len == 2 && memcmp(name, "id", 2) == 0) {
		if (!uuid_parse(text, &ret->id))
			ret->bad_parameter = true;
	} else if (number_parse(text, &number) && number >= 1 && number <= 100000) {
		ret->n = (int32_t)number;
	} else {
		ret->bad_parameter = true;
	}
}

/* Segment by segment; a {name} takes one segment that is not empty. */
static bool
path_matches(const char *pattern, const char *path, struct route_match *ret)
{
	while (*pattern && *path) {
		if (*pattern == '{') {
			const char *name = pattern + 1;
			size_t name_len = strcspn(name, "}"), n = strcspn(path, "/");
			if (n == 0)
				return false;
			take_parameter(name, name_len, path, n, ret);
			pattern = name + name_len + 1;
			path += n;
			continue;
		}
		if (*pattern++ != *path++)
			return false;
	}
	return *pattern == '\0' && *path == '\0';
}

static void
allow_also(struct route_match *m, const char *method, size_t n)
{
	size_t at = strlen(m->allow);
	bool get = n == 3 && memcmp(method, "GET", 3) == 0;
	snprintf(m->allow + at, sizeof m->allow - at, "%s%.*s%s", at ? ", " : "", (int)n, method,
	         get ? ", HEAD" : "");
}

void
route_find(const char *method, const char *path, struct route_match *ret)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	*ret = (struct route_match){0};
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		struct route_match m = {0};
		size_t n = method_len(routes[i]);
		if (!path_matches(routes[i]->name + n + 1, path, &m))
			continue;
		if (strlen(wanted) == n && memcmp(wanted, routes[i]->name, n) == 0) {
			m.route = routes[i];
			*ret = m;
			return;
		}
		ret->path_known = true;
		allow_also(ret, routes[i]->name, n);
	}
}
