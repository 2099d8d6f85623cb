#include "feature_row.h"

#include <math.h>

void
feat_in(struct features *f, const char *group, const char *name, double value)
{
	if (f->n >= f->cap)
		BUG("more features than the %zu there is room for, at %s", f->cap, name);
	f->v[f->n++] = isfinite(value) ? (float)value : 0.0f;
	if (!f->names)
		return;
	if (group)
		buf_printf(f->names, "%s.%s\n", group, name);
	else
		buf_printf(f->names, "%s\n", name);
}

void
feat(struct features *f, const char *name, double value)
{
	feat_in(f, NULL, name, value);
}

void
feat_words(struct features *f, const char *group, const char *text, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		feat_in(f, group, words[i], strstr(text, words[i]) != NULL);
}
