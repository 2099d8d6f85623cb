#include "dash.h"

/* Of the line's height, which is some 1.3 times that of its letters: */
#define THICKEST 0.16F
#define HIGHEST  0.4F /* where its middle is, from the top */
#define LOWEST   0.72F
#define SHORTEST 0.56F /* what is shorter the net knows as a hyphen */
#define LONGEST  2.5F  /* a rule */
#define NO_SPACE 0.13F /* white narrower than this parts no words */
#define BESIDE   0.4F  /* a dash has letters this near on one side */
#define DARK     0.4F

enum column { WHITE, BAR, OTHER };

/* Ink in one thin stretch at half the height of small letters, or none, or more. */
static enum column
look_at(const float *in, size_t stride, int32_t rows, int32_t x)
{
	int32_t first = -1, last = -1;
	for (int32_t y = 0; y < rows; y++)
		if (in[(size_t)y * stride + (size_t)x] > DARK) {
			first = first < 0 ? y : first;
			last = y;
		}
	if (first < 0)
		return WHITE;
	float middle = (float)(first + last + 1) / 2 / (float)rows;
	bool thin = (float)(last - first + 1) <= THICKEST * (float)rows;
	return thin && middle > HIGHEST && middle < LOWEST ? BAR : OTHER;
}

struct stretch {
	enum column kind;
	int32_t from, to;
};

static struct stretch
stretch_at(const float *in, size_t stride, int32_t rows, int32_t columns, int32_t x)
{
	struct stretch s = {look_at(in, stride, rows, x), x, x + 1};
	while (s.to < columns && look_at(in, stride, rows, s.to) == s.kind)
		s.to++;
	return s;
}

static float
length(struct stretch s)
{
	return (float)(s.to - s.from);
}

/* A bar no longer than a hyphen may be a letter's arm. */
static bool
is_letter(struct stretch s, float height)
{
	return s.kind == OTHER || (s.kind == BAR && length(s) < SHORTEST / 2 * height);
}

/* What stands next, white between: how far away, and is it letters? */
struct neighbour {
	float away;
	bool letters;
};

/* A dash has spaces on both sides or on none, so that white a little wider is none where the other is none.
 */
static struct dash
dash_of(struct stretch s, const struct neighbour *before, const struct neighbour *behind, float height)
{
	float a = before->letters ? before->away : height, b = behind->letters ? behind->away : height;
	float narrow = (a < b ? a : b) < NO_SPACE * height ? 2 * NO_SPACE * height : 0;
	return (struct dash){s.from, s.to, a < narrow, b < narrow};
}

size_t
dash_find(const float *in, size_t stride, int32_t rows, int32_t columns, float unit,
          struct dash ret[static DASH_MOST])
{
	float height = (float)rows * unit;
	struct neighbour before = {height, false};
	size_t n = 0;
	for (int32_t x = 0; x < columns && n < DASH_MOST;) {
		struct stretch s = stretch_at(in, stride, rows, columns, x);
		x = s.to;
		if (s.kind == WHITE) {
			before.away += length(s);
			continue;
		}
		struct neighbour behind = {height, false};
		if (s.kind == BAR && length(s) > SHORTEST * height && length(s) < LONGEST * height) {
			struct stretch next = {WHITE, x, x};
			if (x < columns)
				next = stretch_at(in, stride, rows, columns, x);
			float white = next.kind == WHITE ? length(next) : 0;
			if (next.kind == WHITE && next.to < columns)
				next = stretch_at(in, stride, rows, columns, next.to);
			behind = (struct neighbour){white, is_letter(next, height)};
			bool near = (before.letters && before.away < BESIDE * height) ||
			            (behind.letters && behind.away < BESIDE * height);
			bool alone = (before.letters || before.away >= height) &&
			             (behind.letters || behind.away >= height || next.kind == WHITE);
			if (near && alone)
				ret[n++] = dash_of(s, &before, &behind, height);
		}
		before = (struct neighbour){0, is_letter(s, height)};
	}
	return n;
}
