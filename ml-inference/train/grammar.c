#include "grammar.h"

#include "fdio.h"

#include <dirent.h>

#define GRAMMAR_MEMORY (16 * MIB)

void
grammar_free(struct grammar **g)
{
	if (!*g)
		return;
	for (size_t i = 0; i < (*g)->n; i++) {
		free((*g)->part[i].line);
		free((*g)->part[i].start);
	}
	free((*g)->part);
	free((*g)->paper);
	arena_destroy(&(*g)->mem);
	free(*g);
	*g = NULL;
}

static void *
grow(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap ? 2 * *cap : 16;
	p = realloc(p, *cap * size);
	if (!p)
		BUG("no memory for a grammar");
	return p;
}

static enum err
begin_part(struct grammar *g, char *head, const char *file, struct why *why)
{
	static const char *const shapes[] = {"roll", "sheet", "card", "slip"};
	struct part p = {0};
	char *word[4] = {0}, *rest = head;
	for (int i = 0; i < 4; i++)
		word[i] = strsep(&rest, " ");
	p.is_paper = word[0] && strcmp(word[0], "paper") == 0;
	const char *name = p.is_paper ? word[1] : word[0];
	if (!name || (p.is_paper && !word[3]))
		return fail(why, ERR_INVALID, "%s: [%s] is no part", file, head);
	ARENA_TRY(p.name, arena_strdup(g->mem, name), g->mem, why);
	if (p.is_paper) {
		int kind = 0, shape = 0;
		while (kind < TYPE_COUNT && strcmp(type_names[kind], word[2]) != 0)
			kind++;
		while (shape < 4 && strcmp(shapes[shape], word[3]) != 0)
			shape++;
		if (kind == TYPE_COUNT || shape == 4)
			return fail(why, ERR_INVALID, "%s: paper %s has no such kind or shape", file, name);
		p.kind = (enum paper_type)kind;
		p.shape = (enum shape)shape;
	}
	if (grammar_part(g, name, strlen(name)))
		return fail(why, ERR_INVALID, "%s: %s is there twice", file, name);
	g->part = grow(g->part, g->n, &g->cap, sizeof *g->part);
	g->part[g->n++] = p;
	return ERR_NONE;
}

static void
begin_alternative(struct part *p)
{
	p->start = grow(p->start, p->n_starts, &p->cap_starts, sizeof *p->start);
	p->start[p->n_starts++] = (uint32_t)p->n_lines;
}

static enum err
read_file(struct grammar *g, const char *path, struct why *why)
{
	OWNED(mem_free) char *bytes = NULL;
	size_t n;
	TRY(file_read(path, 4 * MIB, &bytes, &n, why));
	char *rest = bytes, *line;
	struct part *p = NULL;
	while ((line = strsep(&rest, "\n"))) {
		size_t len = strlen(line);
		if (line[0] == '#')
			continue;
		if (line[0] == '[' && len > 2 && line[len - 1] == ']') {
			line[len - 1] = '\0';
			TRY(begin_part(g, line + 1, path, why));
			p = &g->part[g->n - 1];
			begin_alternative(p);
		} else if (!p) {
			if (len)
				return fail(why, ERR_INVALID, "%s: a line before the first part", path);
		} else if (strcmp(line, "--") == 0) {
			begin_alternative(p);
		} else if (len > 0) {
			p->line = grow(p->line, p->n_lines, &p->cap, sizeof *p->line);
			/* a lone point is an empty line: empty ones part the parts */
			ARENA_TRY(p->line[p->n_lines], arena_strdup(g->mem, strcmp(line, ".") ? line : ""),
			          g->mem, why);
			p->n_lines++;
		}
	}
	return ERR_NONE;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err
list_files(const char *folder, struct arena *mem, const char **files, size_t cap, size_t *ret,
           struct why *why)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	size_t n = 0;
	if (!d)
		return fail_errno(why, ERR_ABSENT, "%s", folder);
	while ((e = readdir(d)) && n < cap)
		if (strlen(e->d_name) > 4 && strcmp(e->d_name + strlen(e->d_name) - 4, ".txt") == 0)
			files[n++] = arena_printf(mem, "%s/%s", folder, e->d_name);
	closedir(d);
	qsort(files, n, sizeof *files, by_text);
	*ret = n;
	return ERR_NONE;
}

enum err
grammar_read(const char *folder, struct grammar **ret, struct why *why)
{
	OWNED(grammar_free) struct grammar *g = calloc(1, sizeof *g);
	if (!g)
		BUG("no memory for a grammar");
	g->mem = arena_create("grammar", GRAMMAR_MEMORY);
	const char *files[64];
	size_t n = 0;
	TRY(list_files(folder, g->mem, files, ARRAY_LEN(files), &n, why));
	for (size_t i = 0; i < n; i++)
		TRY(read_file(g, files[i], why));
	g->paper = calloc(g->n + 1, sizeof *g->paper);
	if (!g->paper)
		BUG("no memory for a grammar");
	for (uint32_t i = 0; i < g->n; i++)
		if (g->part[i].is_paper)
			g->paper[g->n_papers++] = i;
	if (g->n_papers == 0)
		return fail(why, ERR_INVALID, "%s holds no papers", folder);
	*ret = TAKE(g);
	return ERR_NONE;
}

size_t
grammar_papers(const struct grammar *g)
{
	return g->n_papers;
}

const struct part *
grammar_part(const struct grammar *g, const char *name, size_t len)
{
	for (size_t i = 0; i < g->n; i++)
		if (strlen(g->part[i].name) == len && memcmp(g->part[i].name, name, len) == 0)
			return &g->part[i];
	return NULL;
}

size_t
part_lines(const struct part *p, size_t i, const char *const **ret)
{
	size_t end = i + 1 < p->n_starts ? p->start[i + 1] : p->n_lines;
	*ret = p->line + p->start[i];
	return end - p->start[i];
}
