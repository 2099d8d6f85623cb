/* page_steps.h: what page_read() does to a page, a step each. Pixels are Leptonica's, 8 bits grey or 32
 * bits RGB; a step that puts others in their place destroys the old ones. Nothing here keeps anything. */
#ifndef DOCKET_PAGE_STEPS_H
#define DOCKET_PAGE_STEPS_H

#include "ocr.h"

struct Pix;

/* In grey, what Leptonica's own luminance is, in less than half the time; NULL: no memory. */
struct Pix *page_grey(struct Pix *pix);

/* The sheet of paper that a photo shows, cut out and seen from straight above. Says whether it was sure
 * enough that there is one; a page that fills its picture is left alone. */
enum err page_cut(struct Pix **pix, bool *ret_cut, struct why *why) MUST_CHECK;

/* Turns the page by the angle its lines stand at, if they say so clearly: degrees, counter-clockwise. */
enum err page_straighten(struct Pix **pix, float *ret_deg, struct why *why) MUST_CHECK;

/* How sure a reading is of itself. An upright page has 0.4 to 1 of its letters read surely, one that lies on
 * its side or head 0 to 0.15: that is how the two are told apart, since a page that is read well costs
 * nothing to be found upright. */
struct page_trust {
	size_t letters; /* in words of two and more */
	double sure;    /* their share in words read with confidence */
};
struct page_trust page_trust_of(const struct ocr_text *t);

/* Of a page that is read badly: the quarter turns clockwise after which it is read well, or 0; and whether
 * it is light print on a dark ground. Reads a sample in every way, so it is called only for such pages. */
enum err page_turn_of(struct ocr *ocr, struct Pix *grey, struct page_trust as_it_is, float scale,
                      int64_t deadline_ms, int *ret_quarters, bool *ret_inverted, struct why *why) MUST_CHECK;
bool page_is_doubtful(struct page_trust t);

/* Grey pixels as an engine takes them, in `mem`. */
enum err page_image(struct Pix *grey, float scale, int32_t dpi, struct arena *mem, struct ocr_image *ret,
                    struct why *why) MUST_CHECK;

/* Once, before the sandbox closes: ZBar opens these alphabets for every QR code, and iconv files for them. */
enum err page_codes_load(struct why *why) MUST_CHECK;
/* QR and bar codes of every kind that ZBar knows. */
enum err page_codes(struct Pix *grey, struct arena *mem, const struct barcode **ret, size_t *ret_n,
                    struct why *why) MUST_CHECK;

/* "rus", "eng": by the letters of the words; the most used first. */
enum err page_languages(const struct page *p, struct arena *mem, const char *const **ret, size_t *ret_n,
                        struct why *why) MUST_CHECK;

/* How good the pixels are, from their histogram and edges. `upper`, `middle` and `lower` are the sharpness
 * of the thirds; -1 where there is nothing to judge by. */
struct page_look {
	struct page_quality quality;
	float thirds[3];
	float paper; /* grey level of the paper, 0..255 */
};
struct page_look page_look_at(struct Pix *grey);

/* Tables with their lines drawn, into p->tables; `paper` is its grey level. Words and lines are in order. */
enum err page_ruled_tables(struct Pix *grey, float paper, struct page *p, struct arena *mem, struct why *why)
    MUST_CHECK;

/* What a person should know about a page that was read, as stable words; at most PAGE_WARNINGS. */
#define PAGE_WARNINGS 8
size_t page_warnings(const struct page_look *look, const struct page *page, bool cut_out,
                     const char *ret[static PAGE_WARNINGS]);

#endif
