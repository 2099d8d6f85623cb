/* flow.h: text that brings no pages with it, set on pages: words with boxes, and a picture to look at.
 *
 *	flow_text("Dear ");  flow_text("reader");  flow_break();  ...  flow_end_paragraph();
 *	flow_row(); flow_cell(1); flow_text("Total"); flow_cell(1); flow_text("17.17"); flow_end_row();
 *
 * White space separates words and is otherwise of no meaning; flow_lines() keeps it, as text files need.
 * Rows stand in tables; cells of one row stand side by side, in columns that the table's rows share. A
 * table inside a cell (as mails are built of) takes that cell's row apart: its cells then follow one
 * another downwards, and only the innermost tables are set as tables.
 *
 * Everything lives in the flow; ERR_TOO_BIG at its ceilings. One thread.
 */
#ifndef DOCKET_FLOW_H
#define DOCKET_FLOW_H

#include "format.h"

struct flow;

/* Finds and maps the fonts. Before the sandbox closes: afterwards nothing can be opened. */
enum err flow_fonts_load(struct why *why) MUST_CHECK;

struct flow *flow_new(void);
void flow_free(struct flow **f);

/* UTF-8, in pieces of any length. */
enum err flow_text(struct flow *f, const char *utf8, size_t n, struct why *why) MUST_CHECK;
/* Whole lines whose spaces and line ends matter. */
enum err flow_lines(struct flow *f, const char *utf8, size_t n, struct why *why) MUST_CHECK;
enum err flow_break(struct flow *f, struct why *why) MUST_CHECK; /* a new line */
enum err flow_end_paragraph(struct flow *f, struct why *why) MUST_CHECK;
enum err flow_end_page(struct flow *f, struct why *why) MUST_CHECK;
void flow_bold(struct flow *f, bool on);          /* counted: each on needs its off */
void flow_heading(struct flow *f, int32_t level); /* of this paragraph: 1 the largest, 0 none */

enum err flow_begin_table(struct flow *f, struct why *why) MUST_CHECK;
enum err flow_row(struct flow *f, struct why *why) MUST_CHECK;
enum err flow_cell(struct flow *f, int32_t columns, struct why *why) MUST_CHECK; /* that it spans */
enum err flow_end_row(struct flow *f, struct why *why) MUST_CHECK;
enum err flow_end_table(struct flow *f, struct why *why) MUST_CHECK;

/* Sets all that was said on pages: nothing may follow. ERR_TOO_MANY_PAGES. */
enum err flow_set(struct flow *f, const struct limits *l, int32_t *ret_pages, struct why *why) MUST_CHECK;
/* Page from 0: its words, and its picture. What it returns lives in the flow; the picture is the caller's. */
enum err flow_page(struct flow *f, int32_t page, struct limits *l, struct format_page *ret, struct why *why)
    MUST_CHECK;

#endif
