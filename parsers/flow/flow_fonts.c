/* The font files are mapped before the sandbox closes and read from memory ever after. */
#include "flow_fonts.h"

#include "flow.h"

#include <cairo-ft.h>
#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <sys/mman.h>
#include <sys/stat.h>

const float flow_size_px[SIZES] = {22, 25, 29, 36, 16};

static const struct {
	const char *family;
	int weight;
} wanted[FACES] = {{"DejaVu Sans", FC_WEIGHT_REGULAR},
                   {"DejaVu Sans", FC_WEIGHT_BOLD},
                   {"DejaVu Sans Mono", FC_WEIGHT_REGULAR}};

#ifdef DOCKET_ASAN /* whose leak checker does not see through fontconfig's way to keep pointers */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig";
}
#endif

static FT_Library library;
static cairo_font_face_t *faces[FACES];
static cairo_scaled_font_t *fonts[FACES][SIZES];

/* What comes closest to it among the fonts that are installed and know Cyrillic. */
static enum err
find(int i, char ret[static 4096], struct why *why)
{
	FcPattern *p =
	    FcPatternBuild(NULL, FC_FAMILY, FcTypeString, wanted[i].family, FC_WEIGHT, FcTypeInteger,
	                   wanted[i].weight, FC_LANG, FcTypeString, "ru", (char *)NULL);
	FcResult result;
	FcChar8 *file = NULL;
	FcConfigSubstitute(NULL, p, FcMatchPattern);
	FcDefaultSubstitute(p);
	FcPattern *found = FcFontMatch(NULL, p, &result);
	bool ok = found && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch;
	if (ok)
		snprintf(ret, 4096, "%s", (const char *)file);
	FcPatternDestroy(p);
	if (found)
		FcPatternDestroy(found);
	return ok ? ERR_NONE : fail(why, ERR_BROKEN, "no font is installed");
}

static enum err
load(int i, struct why *why)
{
	char path[4096];
	struct stat st;
	FT_Face face = NULL;
	TRY(find(i, path, why));
	OWNED(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 1)
		return fail_errno(why, ERR_BROKEN, "%s", path);
	void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fail_errno(why, ERR_BROKEN, "%s", path);
	if (FT_New_Memory_Face(library, bytes, st.st_size, 0, &face) != 0)
		return fail(why, ERR_BROKEN, "%s is not a font", path);
	faces[i] = cairo_ft_font_face_create_for_ft_face(face, FT_LOAD_NO_HINTING);
	return ERR_NONE;
}

enum err
flow_fonts_load(struct why *why)
{
	if (faces[0])
		return ERR_NONE;
	if (!FcInit() || FT_Init_FreeType(&library) != 0)
		return fail(why, ERR_BROKEN, "fonts cannot be used");
	for (int i = FACES - 1; i >= 0; i--)
		TRY(load(i, why));
	return ERR_NONE;
}

cairo_scaled_font_t *
flow_font(enum flow_face face, enum flow_size size)
{
	if (!faces[face])
		BUG("fonts were not loaded");
	if (!fonts[face][size]) {
		cairo_matrix_t scale, unit;
		cairo_matrix_init_scale(&scale, (double)flow_size_px[size], (double)flow_size_px[size]);
		cairo_matrix_init_identity(&unit);
		cairo_font_options_t *o = cairo_font_options_create();
		cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
		cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
		fonts[face][size] = cairo_scaled_font_create(faces[face], &scale, &unit, o);
		cairo_font_options_destroy(o);
	}
	return fonts[face][size];
}

float
flow_word_width(enum flow_face face, enum flow_size size, const char *word)
{
	cairo_text_extents_t extents;
	cairo_scaled_font_text_extents(flow_font(face, size), word, &extents);
	return (float)extents.x_advance;
}
