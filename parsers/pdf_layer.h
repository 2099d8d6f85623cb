/* pdf_layer.h: the words that a PDF page says it shows, with what was filled into its form, in runs of words
 * that stand side by side. In which order they are read is page_layout.h's to say. */
#ifndef DOCKET_PDF_LAYER_H
#define DOCKET_PDF_LAYER_H

#include "document.h"

#include <poppler.h>

struct pdf_layer {
	struct word *words;
	struct span *lines;
	size_t n_words, n_lines;
	size_t letters, strange; /* characters; those that no text has */
	int quarters; /* turns clockwise after which its lines run from left to right: boxes are so */
};

enum err pdf_layer_read(PopplerPage *page, struct arena *mem, struct pdf_layer *ret, struct why *why)
    MUST_CHECK;

#endif
