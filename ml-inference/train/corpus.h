/* corpus.h: papers with their truth: the public SROIE receipts (lines as people transcribed them, and
 * the same pictures as our own reader sees them) and papers of other kinds.
 */
#ifndef DOCKET_TRAIN_CORPUS_H
#define DOCKET_TRAIN_CORPUS_H

#include "predictor.h"

enum truth { TRUTH_MERCHANT = FIELD_MERCHANT, TRUTH_COUNT = FIELD_COUNT };
#define TRUTH_WAYS 6 /* of saying the same, beside the first */

struct paper {
	char id[80];
	const char
	    *key[TRUTH_COUNT]; /* as printed; TRUTH_ABSENT; "" unknown; NULL: a paper for its type only */
	const char *also[TRUTH_COUNT][TRUTH_WAYS]; /* as right; NULL: no more */
	bool other; /* no receipt of SROIE, its fields from truth.tsv or a key */
	const char *type;
	const char *source; /* whose paper: folds for the type keep one source together */
	enum origin origin;
	bool transcript; /* typed by people; its picture is another paper of the corpus */
	bool evaluate;   /* may be measured on, and never learnt from */
	bool made;       /* made up: teaches, and is never measured on */
	const struct document_text *doc;
	const struct sheet *sheet;
	struct reading *reading;
	/* labels */
	uint8_t *line;      /* enum line_class of each segment */
	uint32_t vendor;    /* group: receipts of one seller share it */
	uint32_t source_id; /* the same for papers of one source */
	uint32_t twin;      /* papers of one picture share it */
};
struct corpus {
	struct arena *mem;
	struct paper *p;
	size_t n, cap;
};

/* `n` papers of each paper of the grammar in `folder`, from `seed`; call it after corpus_load. */
enum err corpus_make(struct corpus *c, const char *folder, unsigned n, uint64_t seed, struct why *why)
    MUST_CHECK;

/* `data` is the folder with manifest.tsv; `ocr` one with <path, / as __>.json in docket.document/1, or NULL;
 * `truth` what papers of other kinds say, where `data` does not know it: a row each of path, name, date,
 * address, total and a note, tabs between, " | " between ways that are as right, "?" unknown. */
enum err corpus_load(const char *data, const char *ocr, const char *truth, struct corpus *ret,
                     struct why *why) MUST_CHECK;
void corpus_release(struct corpus *c);

/* One document of `ocr` by its path in `data`; ERR_ABSENT: it was not read. */
enum err corpus_document(const char *ocr, const char *path, struct arena *mem,
                         const struct document_text **ret, struct why *why) MUST_CHECK;

/* Labels, from the truth; called by corpus_load. */
enum err corpus_label(struct paper *p, struct arena *mem, struct why *why) MUST_CHECK;

#endif
