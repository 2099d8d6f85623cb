/* docket-reader WEIGHTS PICTURE...: what the reader makes of a picture, a word a line; for measuring.
 *
 *	# picture <name> <words> <CPU milliseconds, decoding of the file left out>
 *	line x0 y0 x1 y1 confidence text
 *
 * docket-reader --lines PICTURE...: what the finder alone makes of it; for training on its crops.
 *
 *	# picture <name> <lines> <CPU milliseconds>
 *	x y length height angle
 */
#include "clock.h"
#include "finder.h"
#include "reader.h"

#include <leptonica/allheaders.h>

static enum err
load_picture(const char *path, uint8_t **ret_pixels, struct reader_page *ret, struct why *why)
{
	PIX *colour = pixRead(path);
	PIX *grey = colour ? pixConvertTo8(colour, 0) : NULL;
	pixDestroy(&colour);
	if (!grey)
		return fail(why, ERR_CORRUPT_FILE, "%s: not a picture that can be read", path);
	int32_t w = pixGetWidth(grey), h = pixGetHeight(grey);
	uint8_t *pixels = malloc((size_t)w * (size_t)h);
	if (!pixels)
		BUG("no memory for a picture");
	for (int32_t y = 0; y < h; y++) {
		l_uint32 *row = pixGetData(grey) + (ptrdiff_t)y * pixGetWpl(grey);
		for (int32_t x = 0; x < w; x++)
			pixels[(size_t)y * (size_t)w + (size_t)x] = (uint8_t)GET_DATA_BYTE(row, x);
	}
	pixDestroy(&grey);
	*ret_pixels = pixels;
	*ret = (struct reader_page){pixels, w, h, (size_t)w, 0};
	return ERR_NONE;
}

static enum err
show_words(const struct reader *r, const char *path, const struct reader_page *page, struct arena *mem,
           struct why *why)
{
	struct reader_text text = {0};
	int64_t began = clock_cpu_ms();
	TRY(reader_read(r, page, mem, &text, why));
	printf("# picture %s %zu %lld\n", path, text.n, (long long)(clock_cpu_ms() - began));
	for (size_t i = 0; i < text.n; i++) {
		const struct reader_word *t = &text.words[i];
		printf("%d\t%.0f\t%.0f\t%.0f\t%.0f\t%.3f\t%s\n", t->line, t->x0, t->y0, t->x1, t->y1,
		       t->confidence, t->text);
	}
	return ERR_NONE;
}

static enum err
show_lines(const char *path, const struct reader_page *page, struct arena *mem, struct why *why)
{
	struct found found = {0};
	int64_t began = clock_cpu_ms();
	TRY(finder_find(page, mem, &found, why));
	printf("# picture %s %zu %lld\n", path, found.n, (long long)(clock_cpu_ms() - began));
	for (size_t i = 0; i < found.n; i++) {
		const struct found_line *l = &found.lines[i];
		printf("%.2f\t%.2f\t%.2f\t%.2f\t%.5f\n", l->x, l->y, l->length, l->height, l->angle);
	}
	return ERR_NONE;
}

/* `r` is NULL where only lines are asked for. */
static enum err
show(const struct reader *r, const char *path, struct why *why)
{
	OWNED(mem_free) uint8_t *pixels = NULL;
	OWNED(arena_destroy) struct arena *mem = arena_create("page", 64 * MIB);
	struct reader_page page;
	TRY(load_picture(path, &pixels, &page, why));
	return r ? show_words(r, path, &page, mem, why) : show_lines(path, &page, mem, why);
}

int
main(int argc, char **argv)
{
	struct why why = {""};
	struct reader *r = NULL;
	if (argc < 3) {
		fputs("usage: docket-reader WEIGHTS|--lines PICTURE...\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "--lines") != 0 && reader_open(argv[1], &r, &why) != ERR_NONE) {
		fprintf(stderr, "docket-reader: %s\n", why.text);
		return 1;
	}
	int status = 0;
	for (int i = 2; i < argc; i++)
		if (show(r, argv[i], &why) != ERR_NONE) {
			fprintf(stderr, "docket-reader: %s\n", why.text);
			status = 1;
		}
	reader_close(&r);
	return status;
}
