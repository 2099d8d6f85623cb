#include "flow_pictures.h"

#include "flow_private.h"
#include "parsers.h"

#include <leptonica/allheaders.h>

#define LEAST_SIDE   250 /* pixels: a narrow receipt */
#define LEAST_PIXELS 150000
#define ALL_BYTES    (128 * MIB)

void
picture_names_add(struct picture_names *p, const char *name)
{
	if (!name || !*name || strlen(name) >= sizeof p->names[0] || p->n == FLOW_PICTURES)
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->names[i], name) == 0)
			return;
	}
	snprintf(p->names[p->n++], sizeof p->names[0], "%s", name);
}

static const struct format *
format_of_picture(const uint8_t *data, size_t n)
{
	const char *type = document_media_type(data, n);
	l_int32 kind = 0, w = 0, h = 0;
	const struct format *f = NULL;
	if (type && strcmp(type, format_jpeg.media_type) == 0)
		f = &format_jpeg;
	else if (type && strcmp(type, format_png.media_type) == 0)
		f = &format_png;
	if (!f || pixReadHeaderMem(data, n, &kind, &w, &h, NULL, NULL, NULL) != 0)
		return NULL;
	return w >= LEAST_SIDE && h >= LEAST_SIDE && (int64_t)w * h >= LEAST_PIXELS ? f : NULL;
}

static enum err
add_picture(struct flow *f, struct zip_parts *z, const char *name, struct limits *l, size_t *all,
            struct why *why)
{
	OWNED(mem_free) char *bytes = NULL;
	size_t n = 0;
	struct why none;
	enum err e = zip_parts_read(z, name, l, &bytes, &n, &none);
	if (e == ERR_DOCUMENT_BOMB || e == ERR_ENCRYPTED)
		return fail(why, e, "%s", none.text);
	const struct format *format = e == ERR_NONE ? format_of_picture((const uint8_t *)bytes, n) : NULL;
	if (!format || n > ALL_BYTES - *all)
		return ERR_NONE;
	*all += n;
	f->pictures[f->n_pictures++] = (struct flow_picture){format, (uint8_t *)TAKE(bytes), n};
	return ERR_NONE;
}

enum err
flow_add_pictures(struct flow *f, struct zip_parts *z, const struct picture_names *names, struct limits *l,
                  int32_t *ret_pages, struct why *why)
{
	size_t all = 0;
	if (names->n == 0)
		return ERR_NONE;
	f->pictures = calloc(names->n, sizeof *f->pictures);
	if (!f->pictures)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the pictures");
	for (size_t i = 0; i < names->n; i++)
		TRY(add_picture(f, z, names->names[i], l, &all, why));
	if (f->n_pictures > 0 && f->n_words == 0)
		f->n_pages = 0; /* an empty sheet before them says nothing */
	if (f->n_pages + f->n_pictures > (size_t)l->max_pages)
		return fail(why, ERR_TOO_MANY_PAGES, "%zu pages and %zu pictures, limit %d", f->n_pages,
		            f->n_pictures, l->max_pages);
	*ret_pages = (int32_t)(f->n_pages + f->n_pictures);
	return ERR_NONE;
}

enum err
flow_picture_page(struct flow *f, int32_t picture, struct limits *l, struct arena *mem,
                  struct format_page *ret, struct why *why)
{
	const struct flow_picture *p = &f->pictures[picture];
	void *doc = NULL;
	int32_t pages = 0;
	enum err e = p->format->open(p->bytes, p->n, l, &doc, &pages, why);
	if (e == ERR_NONE) {
		e = p->format->page(doc, 0, l, mem, ret, why);
		p->format->close(doc);
	}
	/* The text beside it is worth having still. */
	return e == ERR_CORRUPT_FILE ? damaged_page(ret, why) : e;
}
