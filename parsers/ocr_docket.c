/* Docket's own reader (parsers/ocr) behind ocr.h. It knows all its languages at once and takes no notice
 * of which are asked for. */
#include "ocr.h"

#include "reader.h"

#include <math.h>

#define WEIGHTS "reader.weights"

static void
weights_path(const struct ocr_options *o, char ret[static 4096])
{
	char exe[3800];
	if (o->models) {
		snprintf(ret, 4096, "%s/" WEIGHTS, o->models);
		return;
	}
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2; up++) { /* bin/docket-parse -> the folder that holds bin */
		char *slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
	}
	snprintf(ret, 4096, "%s/share/docket/reader/" WEIGHTS, exe);
	if (access(ret, R_OK) != 0) /* not installed */
		snprintf(ret, 4096, "%s", DOCKET_READER_MODELS "/" WEIGHTS);
}

static enum err
docket_open(const struct ocr_options *o, void **ret, struct why *why)
{
	char path[4096];
	struct reader *r = NULL;
	weights_path(o, path);
	TRY(reader_open(path, &r, why));
	*ret = r;
	return ERR_NONE;
}

static void
docket_close(void *engine)
{
	struct reader *r = engine;
	reader_close(&r);
}

static const char *
docket_version(void *engine)
{
	return reader_version(engine);
}

/* On one level, and the second to the right of the first: two columns of one row. */
static bool
same_row(const struct reader_word *left, const struct reader_word *right)
{
	float common = fminf(left->y1, right->y1) - fmaxf(left->y0, right->y0);
	float low = fminf(left->y1 - left->y0, right->y1 - right->y0);
	return common > .6F * low && right->x0 >= left->x1;
}

/* White space taller than a line parts blocks. */
static bool
new_block(const struct reader_word *above, const struct reader_word *below)
{
	return below->y0 - above->y1 > 1.2F * (above->y1 - above->y0) || below->y1 < above->y0;
}

/* Lines as the finder gives them; on a receipt its columns are one row. */
static enum err
lay_out(const struct reader_text *t, enum ocr_layout layout, struct arena *mem, struct ocr_text *ret,
        struct why *why)
{
	struct ocr_word *words;
	struct span *lines, *blocks;
	ARENA_TRY(words, arena_array(mem, t->n + 1, sizeof *words), mem, why);
	ARENA_TRY(lines, arena_array(mem, t->n + 1, sizeof *lines), mem, why);
	ARENA_TRY(blocks, arena_array(mem, t->n + 1, sizeof *blocks), mem, why);
	size_t n_lines = 0, n_blocks = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct reader_word *w = &t->words[i], *before = i ? w - 1 : NULL;
		words[i] = (struct ocr_word){w->text,
		                             w->confidence,
		                             (int32_t)floorf(w->x0),
		                             (int32_t)floorf(w->y0),
		                             (int32_t)ceilf(w->x1),
		                             (int32_t)ceilf(w->y1)};
		bool goes_on =
		    before && (w->line == before->line || (layout != OCR_PAGE && same_row(before, w)));
		if (!goes_on) {
			if (!before || (layout == OCR_PAGE && new_block(before, w)))
				blocks[n_blocks++] = (struct span){(uint32_t)n_lines, 0};
			blocks[n_blocks - 1].n++;
			lines[n_lines++] = (struct span){(uint32_t)i, 0};
		}
		lines[n_lines - 1].n++;
	}
	*ret = (struct ocr_text){words, t->n, lines, n_lines, blocks, n_blocks};
	return ERR_NONE;
}

static enum err
docket_read(void *engine, const struct ocr_image *image, const struct ocr_request *request, struct arena *mem,
            struct ocr_text *ret, struct why *why)
{
	struct reader_text text = {0};
	struct reader_page page = {image->pixels, image->width, image->height, image->stride,
	                           request->deadline_ms};
	TRY(reader_read(engine, &page, mem, &text, why));
	return lay_out(&text, request->layout, mem, ret, why);
}

const struct ocr_driver ocr_docket = {
    .name = "docket",
    .many = true, /* what it reads with is only looked at; each call has a desk of its own */
    .open = docket_open,
    .close = docket_close,
    .version = docket_version,
    .read = docket_read,
};
