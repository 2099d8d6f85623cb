/* search.h: the net's scores to characters: CTC prefix beam search, with the language's opinion.
 *
 * A. Graves et al., "Connectionist Temporal Classification" (2006); the search as in A. Hannun et al.,
 * "First-Pass Large Vocabulary Continuous Speech Recognition" (2014).
 */
#ifndef DOCKET_READER_SEARCH_H
#define DOCKET_READER_SEARCH_H

#include "decode.h"
#include "weights.h"

/* Room for lines of up to `max_steps`, made once a page. */
struct search {
	const struct weights *w;
	int32_t max_steps;
	const float *lean;         /* what is added to each class's ln P; NULL: nothing */
	struct search_node *nodes; /* every prefix that was ever among the best, each behind its parent */
	struct search_step *steps;
	uint8_t *back;
	size_t back_size;
	float *row;
};

enum err search_init(const struct weights *w, int32_t max_steps, struct search *ret, struct why *why)
    MUST_CHECK;
void search_release(struct search *s);

/* `ret` holds as many letters as there are steps. Returns how many there are; they begin and end
 * with no space and have no two together. ERR_PARSER_MEMORY is its only failure. */
enum err search_line(struct search *s, const float *scores, int32_t steps, size_t stride, struct letter *ret,
                     size_t *ret_n, struct why *why) MUST_CHECK;

#endif
