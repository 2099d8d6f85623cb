/* flow_fonts.h: the three faces in which text is set, and how wide words are in them. */
#ifndef DOCKET_FLOW_FONTS_H
#define DOCKET_FLOW_FONTS_H

#include <cairo.h>

enum flow_face { FACE_PLAIN, FACE_BOLD, FACE_MONO, FACES };
enum flow_size { SIZE_TEXT, SIZE_H3, SIZE_H2, SIZE_H1, SIZE_FINE, SIZES };

extern const float flow_size_px[SIZES];
float flow_word_width(enum flow_face face, enum flow_size size, const char *word);
cairo_scaled_font_t *flow_font(enum flow_face face, enum flow_size size);

#endif
