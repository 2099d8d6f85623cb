/* flow_private.h: what flow.c gathers and flow_set.c sets. */
#ifndef DOCKET_FLOW_PRIVATE_H
#define DOCKET_FLOW_PRIVATE_H

#include "flow.h"
#include "flow_fonts.h"

#define FLOW_MEMORY  (256 * MIB)
#define COLUMNS_MAX  32 /* of a table; what is further right stands in the last */
#define TABLES_DEEP  256
#define NO_ROW       UINT32_MAX
#define LINE_COLUMNS 80 /* of text lines in the usual size; up to FINE_COLUMNS they are set finer */
#define FINE_COLUMNS 110

struct flow_word {
	const char *text;
	uint32_t column; /* in a paragraph that is `lines` */
	enum flow_face face;
};
struct flow_paragraph {
	uint32_t first, n; /* words */
	uint32_t row;      /* NO_ROW: not in a table */
	int32_t column, span;
	enum flow_size size;
	bool lines, gap_after, page_before;
};
struct flow_row {
	uint32_t table;
	bool apart; /* holds a table of its own */
};
struct flow_table {
	int32_t n_columns;
	float natural[COLUMNS_MAX]; /* width of the widest paragraph */
	float x[COLUMNS_MAX + 1];   /* of the columns' left edges, and the end of the last */
};

/* A word where it stands; beside it in `words` the same word with its box. */
struct flow_place {
	float x, baseline;
	enum flow_face face;
	enum flow_size size;
};
struct flow_page {
	uint32_t first_word, n_words, first_line, n_lines, first_block, n_blocks;
};

struct flow_picture {
	const struct format *format;
	uint8_t *bytes;
	size_t n;
};

struct open_table {
	uint32_t table, row;
	int32_t column, span, next_column;
};

struct flow {
	struct arena *mem;
	/* as it was said */
	struct flow_word *said;
	struct flow_paragraph *paragraphs;
	struct flow_row *rows;
	struct flow_table *tables;
	size_t n_said, n_paragraphs, n_rows, n_tables;
	size_t room_said, room_paragraphs, room_rows, room_tables;
	struct open_table open[TABLES_DEEP];
	int32_t n_open, bold;
	struct buf pending; /* a word that may go on */
	struct flow_paragraph here;
	/* as it is set */
	struct word *words;
	struct flow_place *places;
	struct span *lines, *blocks;
	struct flow_page *pages;
	size_t n_words, n_lines, n_blocks, n_pages;
	struct flow_picture *pictures; /* pages after those of the text */
	size_t n_pictures;
};

/* Room for one more of an array that doubles, up to a ceiling: ERR_TOO_BIG. */
enum err flow_room(void *array, size_t n, size_t *room, size_t size, size_t most, struct why *why) MUST_CHECK;

#endif
