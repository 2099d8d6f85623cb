/* page_team.h: the pages of a document, several at once, in the order in which one thread would tell them.
 *
 * Helpers are threads that are started before the sandbox closes, as none can be afterwards, and wait. They
 * are nice: whatever else the machine has to do goes before the second page of one document.
 */
#ifndef DOCKET_PAGE_TEAM_H
#define DOCKET_PAGE_TEAM_H

#include "err.h"

#include <stdint.h>

#define TEAM_MOST  16       /* pages at once */
#define TEAM_LARGE 10000000 /* pixels of a page that is read alone */
#define TEAM_PAGE  128      /* MiB of the parser's memory that each page at once must find; 83 measured */

struct page_team;

enum err page_team_start(int32_t helpers, struct page_team **ret, struct why *why) MUST_CHECK;
void page_team_stop(struct page_team **t);

/* What is done to each page, counted from 0. A page that fails is the last: those before it are told, those
 * after it are not, and its code ends the run. */
struct page_work {
	void *arg;
	int32_t n_pages;
	/* Page after page, never two at once: what opens documents need not stand threads. Says how many
	 * pixels there are. */
	enum err (*open)(void *arg, int32_t page, int64_t *ret_pixels, struct why *why);
	/* Pages beside one another, but for large ones: these have the memory to themselves. */
	enum err (*read)(void *arg, int32_t page, struct why *why);
	/* Page after page, never two at once. */
	enum err (*tell)(void *arg, int32_t page, struct why *why);
};

/* By the calling thread and as many helpers as there are, at most `at_once` together. */
enum err page_team_run(struct page_team *t, const struct page_work *w, int32_t at_once, struct why *why)
    MUST_CHECK;

#endif
