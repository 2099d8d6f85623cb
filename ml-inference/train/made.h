/* made.h: papers that nobody ever sent, made up from a grammar: for the kinds of paper of which there are
 * too few real ones. The same seed makes the same papers.
 *
 * A grammar is a folder of *.txt files. `[paper NAME KIND SHAPE]` begins a paper, `[NAME]` a part of one;
 * alternatives of a part are separated by a line "--". In a line:
 *
 *	?40 text	stands there in 40 cases of 100
 *	x2-9 text	two to nine times
 *	<name		the lines of a part
 *	^ ~ > =		centred, a centred title, right, a title
 *	a{b|c|}		one of them
 *	left || right	columns
 *	$name		a part, chosen anew each time
 *	$=name:part	a part, chosen once a paper and then the same wherever `name` stands
 *	$=name		the same, of the part of that name
 *
 * Built in: $n1 to $n20 digits; $date and $date2 (later), $day, $time; $qty, $price, $amount of the goods on
 * this line; $sum, $tax, $debt, $total, $paid, $change of the paper; $money, any; $mark the currency; $inn,
 * $kpp, $iban, $bik, $account with true check digits; $phone, $card4; $due to pay by, $from and $until a
 * period. What $=seller, $=address1 to $=address3, $date and $total said is the paper's truth.
 */
#ifndef DOCKET_TRAIN_MADE_H
#define DOCKET_TRAIN_MADE_H

#include "facts.h"
#include "predictor.h"

struct grammar;
enum err grammar_read(const char *folder, struct grammar **ret, struct why *why) MUST_CHECK;
void grammar_free(struct grammar **g);
size_t grammar_papers(const struct grammar *g);

/* What a built-in said that rules should find: a sum, a number with a label. */
struct made_fact {
	enum fact_id id;
	const char *text;
};
struct made {
	const char *name; /* of the paper in the grammar */
	enum paper_type kind;
	const struct document_text *doc;
	const char *key[FIELD_COUNT]; /* "" unknown */
	const struct made_fact *facts;
	size_t n_facts;
};
/* Paper `which` of the grammar, by chance number `seed`; lives in `mem`. */
enum err made_paper(const struct grammar *g, size_t which, uint64_t seed, struct arena *mem, struct made *ret,
                    struct why *why) MUST_CHECK;

#endif
