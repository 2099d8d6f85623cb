/* The sheet in a photo: bright, one piece, four straight sides, on something darker.
 *
 * Looked for on a copy a few hundred pixels high, print closed over; cut out of the full picture by the
 * projective map of its corners. Each doubt (too little contrast, sides that are not straight, table on
 * fewer than three sides) leaves the picture as it is: a page that is read with its table is read, a page
 * that is cut wrongly is lost. */
#include "page_steps.h"

#include "own.h"

#include <leptonica/allheaders.h>
#include <math.h>

#define SMALL_SIDE   400  /* pixels of the copy's longer side */
#define LEAST_DARKER 28   /* grey levels between paper and table */
#define LEAST_SHARE  0.15 /* of the picture that the sheet covers */
#define MOST_SHARE   0.93
#define LEAST_FIT    0.955 /* of the bright piece and the quadrilateral that they have in common */
/* Degrees between opposite sides. Of 300 photos the six that were cut wrongly, along a hand's shadow instead
 * of the paper's rim, have 16 and more, 290 of the others less than 12. */
#define MOST_CONVERGENCE 12
/* Pixels of the copy that a side lies off the picture's edge to have table beyond it: closing and opening
 * leave a bright piece that reaches the edge 3 to 5 short of it. */
#define OFF_THE_EDGE 7
#define BEYOND       0.004 /* of the sheet, kept around it */
#define LEAST_OUTPUT 300   /* pixels of a side */
#define MOST_GROWTH  2     /* pixels of the sheet for each of its photo */

struct point {
	double x, y;
};
struct quad { /* clockwise from the upper left */
	struct point p[4];
};

/* ---- finding ---- */

/* Levels below and above the split that parts the histogram best, Otsu's way. */
static bool
two_levels(PIX *grey, int *ret_split)
{
	double count[256] = {0}, n = 0, sum = 0, below = 0, sum_below = 0, best = -1, gap = 0;
	int w = pixGetWidth(grey), h = pixGetHeight(grey), wpl = pixGetWpl(grey);
	for (int y = 0; y < h; y++) {
		const uint32_t *row = pixGetData(grey) + (size_t)y * (size_t)wpl;
		for (int x = 0; x < w; x++)
			count[GET_DATA_BYTE(row, x)]++;
	}
	for (int i = 0; i < 256; i++) {
		n += count[i];
		sum += i * count[i];
	}
	for (int i = 0; i < 255; i++) {
		below += count[i];
		sum_below += i * count[i];
		if (below < 1 || n - below < 1)
			continue;
		double low = sum_below / below, high = (sum - sum_below) / (n - below);
		double between = below * (n - below) * (high - low) * (high - low);
		if (between > best) {
			best = between;
			gap = high - low;
			*ret_split = i + 1;
		}
	}
	return gap >= LEAST_DARKER;
}

/* The largest bright piece, its holes filled; NULL when there is none to speak of. */
static PIX *
bright_piece(PIX *small)
{
	int split = 128;
	OWNED(pixDestroy) PIX *closed = pixCloseGray(small, 11, 11); /* print goes, paper stays */
	if (!closed || !two_levels(closed, &split))
		return NULL;
	OWNED(pixDestroy) PIX *dark = pixThresholdToBinary(closed, split);
	OWNED(pixDestroy) PIX *bright = dark ? pixInvert(NULL, dark) : NULL;
	OWNED(pixDestroy) PIX *apart = bright ? pixOpenBrick(NULL, bright, 5, 5) : NULL;
	OWNED(pixaDestroy) PIXA *pieces = NULL;
	OWNED(boxaDestroy) BOXA *boxes = apart ? pixConnComp(apart, &pieces, 4) : NULL;
	int most = 0, which = -1;
	for (int i = 0; boxes && i < pixaGetCount(pieces); i++) {
		OWNED(pixDestroy) PIX *piece = pixaGetPix(pieces, i, L_CLONE);
		int area = 0;
		pixCountPixels(piece, &area, NULL);
		if (area > most) {
			most = area;
			which = i;
		}
	}
	if (which < 0)
		return NULL;
	int x, y, w, h;
	boxaGetBoxGeometry(boxes, which, &x, &y, &w, &h);
	OWNED(pixDestroy) PIX *piece = pixaGetPix(pieces, which, L_CLONE);
	OWNED(pixDestroy) PIX *whole = pixCreate(pixGetWidth(small), pixGetHeight(small), 1);
	if (whole)
		pixRasterop(whole, x, y, w, h, PIX_SRC, piece, 0, 0);
	PIX *out = whole ? pixCloseBrick(NULL, whole, 9, 9) : NULL;
	OWNED(pixDestroy) PIX *filled = out ? pixHolesByFilling(out, 4) : NULL;
	if (filled)
		pixOr(out, out, filled);
	return out;
}

static bool
bit(PIX *mask, int x, int y)
{
	return GET_DATA_BIT(pixGetData(mask) + (size_t)y * (size_t)pixGetWpl(mask), x);
}

static struct quad
extremes(PIX *mask)
{
	struct quad q = {0};
	double most[4] = {-1e9, -1e9, -1e9, -1e9};
	int w = pixGetWidth(mask), h = pixGetHeight(mask);
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			if (!bit(mask, x, y))
				continue;
			const double score[4] = {-x - y, x - y, x + y, y - x};
			for (int i = 0; i < 4; i++) {
				if (score[i] > most[i]) {
					most[i] = score[i];
					q.p[i] = (struct point){x, y};
				}
			}
		}
	}
	return q;
}

struct line { /* a x + b y = c, a and b of length 1 */
	double a, b, c;
};

/* The line through the rim of the mask between two corners: from points along the side, each moved across
 * it to where the mask ends, by least squares without the worst quarter. */
static bool
side_of(PIX *mask, struct point from, struct point to, struct line *ret)
{
	enum { STEPS = 64 };
	struct point at[STEPS];
	int n = 0, w = pixGetWidth(mask), h = pixGetHeight(mask);
	double dx = to.x - from.x, dy = to.y - from.y, len = hypot(dx, dy);
	if (len < 20)
		return false;
	double nx = dy / len, ny = -dx / len; /* outwards, corners going clockwise */
	double reach = fmax(6, len * 0.06);
	for (int i = 0; i < STEPS; i++) {
		double t = 0.06 + 0.88 * i / (STEPS - 1), x = from.x + t * dx, y = from.y + t * dy;
		for (double d = reach; d >= -reach; d -= 0.5) {
			int px = (int)lround(x + d * nx), py = (int)lround(y + d * ny);
			if (px >= 0 && py >= 0 && px < w && py < h && bit(mask, px, py)) {
				at[n++] = (struct point){x + d * nx, y + d * ny};
				break;
			}
		}
	}
	if (n < STEPS / 2)
		return false;
	bool use[STEPS];
	for (int i = 0; i < n; i++)
		use[i] = true;
	for (int round = 0; round < 3; round++) {
		double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0, k = 0;
		for (int i = 0; i < n; i++) {
			if (!use[i])
				continue;
			sx += at[i].x;
			sy += at[i].y;
			k++;
		}
		sx /= k;
		sy /= k;
		for (int i = 0; i < n; i++) {
			if (!use[i])
				continue;
			sxx += (at[i].x - sx) * (at[i].x - sx);
			sxy += (at[i].x - sx) * (at[i].y - sy);
			syy += (at[i].y - sy) * (at[i].y - sy);
		}
		double angle = 0.5 * atan2(2 * sxy, sxx - syy); /* of the direction in which they spread */
		*ret = (struct line){-sin(angle), cos(angle), -sin(angle) * sx + cos(angle) * sy};
		double off = 0;
		for (int i = 0; i < n; i++)
			off += use[i] ? fabs(ret->a * at[i].x + ret->b * at[i].y - ret->c) : 0;
		off = fmax(1, 2 * off / k);
		for (int i = 0; i < n; i++)
			use[i] = fabs(ret->a * at[i].x + ret->b * at[i].y - ret->c) <= off;
	}
	return true;
}

static bool
meet(struct line p, struct line q, struct point *ret)
{
	double det = p.a * q.b - q.a * p.b;
	if (fabs(det) < 0.2)
		return false;
	*ret = (struct point){(p.c * q.b - q.c * p.b) / det, (p.a * q.c - q.a * p.c) / det};
	return true;
}

static bool
inside(const struct quad *q, double x, double y)
{
	for (int i = 0; i < 4; i++) {
		struct point a = q->p[i], b = q->p[(i + 1) % 4];
		if ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) < 0)
			return false;
	}
	return true;
}

/* What mask and quadrilateral have in common, of what either covers; and the quadrilateral's share. */
static double
fit_of(PIX *mask, const struct quad *q, double *ret_share)
{
	double both = 0, either = 0, in_quad = 0;
	int w = pixGetWidth(mask), h = pixGetHeight(mask);
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			bool m = bit(mask, x, y), k = inside(q, x, y);
			both += m && k;
			either += m || k;
			in_quad += k;
		}
	}
	*ret_share = in_quad / ((double)w * h);
	return either > 0 ? both / either : 0;
}

static double
side_length(const struct quad *q, int i)
{
	return hypot(q->p[(i + 1) % 4].x - q->p[i].x, q->p[(i + 1) % 4].y - q->p[i].y);
}

/* Degrees between a side and the one across. */
static double
convergence(const struct quad *q, int i)
{
	struct point a = q->p[i], b = q->p[i + 1], c = q->p[(i + 3) % 4], d = q->p[i + 2];
	double one = atan2(b.y - a.y, b.x - a.x), other = atan2(d.y - c.y, d.x - c.x);
	return fabs(remainder(one - other, 2 * M_PI)) * 180 / M_PI;
}

/* Sides of a sheet that is looked at from above are in pairs of like length and direction, and lie inside the
 * picture. */
static bool
like_a_sheet(const struct quad *q, int w, int h)
{
	double a = side_length(q, 0), b = side_length(q, 1), c = side_length(q, 2), d = side_length(q, 3);
	int open = 0; /* sides with table beyond */
	for (int i = 0; i < 4; i++) {
		double x = (q->p[i].x + q->p[(i + 1) % 4].x) / 2, y = (q->p[i].y + q->p[(i + 1) % 4].y) / 2;
		open += x > OFF_THE_EDGE && y > OFF_THE_EDGE && x < w - OFF_THE_EDGE && y < h - OFF_THE_EDGE;
	}
	return open >= 3 && fmax(convergence(q, 0), convergence(q, 1)) <= MOST_CONVERGENCE &&
	       fmin(a, c) > 0.6 * fmax(a, c) && fmin(b, d) > 0.6 * fmax(b, d) &&
	       fmin(a, b) > 0.1 * fmax(w, h);
}

static bool
find_sheet(PIX *grey, struct quad *ret)
{
	double w = pixGetWidth(grey), h = pixGetHeight(grey), factor = SMALL_SIDE / fmax(w, h);
	if (factor >= 1)
		return false;
	OWNED(pixDestroy) PIX *small = pixScaleAreaMap(grey, (float)factor, (float)factor);
	OWNED(pixDestroy) PIX *mask = small ? bright_piece(small) : NULL;
	if (!mask)
		return false;
	struct quad rough = extremes(mask), q;
	struct line side[4];
	for (int i = 0; i < 4; i++) {
		if (!side_of(mask, rough.p[i], rough.p[(i + 1) % 4], &side[i]))
			return false;
	}
	for (int i = 0; i < 4; i++) {
		if (!meet(side[(i + 3) % 4], side[i], &q.p[i]))
			return false;
	}
	double share = 0;
	if (!like_a_sheet(&q, pixGetWidth(mask), pixGetHeight(mask)) ||
	    fit_of(mask, &q, &share) < LEAST_FIT || share < LEAST_SHARE || share > MOST_SHARE)
		return false;
	for (int i = 0; i < 4; i++)
		ret->p[i] = (struct point){(q.p[i].x + 0.5) / factor, (q.p[i].y + 0.5) / factor};
	return true;
}

/* ---- cutting ---- */

struct projection { /* x = (m0 u + m1 v + m2) / (m6 u + m7 v + 1), y likewise */
	double m[8];
};

/* From the unit square's corners to the quadrilateral's: Heckbert's closed form. */
static struct projection
from_square(const struct quad *q)
{
	const struct point *p = q->p;
	double dx1 = p[1].x - p[2].x, dx2 = p[3].x - p[2].x, sx = p[0].x - p[1].x + p[2].x - p[3].x;
	double dy1 = p[1].y - p[2].y, dy2 = p[3].y - p[2].y, sy = p[0].y - p[1].y + p[2].y - p[3].y;
	double det = dx1 * dy2 - dx2 * dy1;
	double g = (sx * dy2 - dx2 * sy) / det, h = (dx1 * sy - sx * dy1) / det;
	return (struct projection){{p[1].x - p[0].x + g * p[1].x, p[3].x - p[0].x + h * p[3].x, p[0].x,
	                            p[1].y - p[0].y + g * p[1].y, p[3].y - p[0].y + h * p[3].y, p[0].y, g,
	                            h}};
}

/* Between four neighbours; dx and dy in 256ths. */
static inline uint32_t
blend(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t dx, uint32_t dy)
{
	uint32_t top = a * (256 - dx) + b * dx, bottom = c * (256 - dx) + d * dx;
	return (top * (256 - dy) + bottom * dy) >> 16;
}

static uint32_t
sample(PIX *pix, double x, double y, bool colour)
{
	int w = pixGetWidth(pix), h = pixGetHeight(pix), wpl = pixGetWpl(pix);
	x = fmin(fmax(x, 0), w - 1.001);
	y = fmin(fmax(y, 0), h - 1.001);
	int x0 = (int)x, y0 = (int)y;
	int x1 = x0 + 1 < w ? x0 + 1 : x0, y1 = y0 + 1 < h ? y0 + 1 : y0;
	uint32_t dx = (uint32_t)((x - x0) * 256), dy = (uint32_t)((y - y0) * 256);
	const uint32_t *r0 = pixGetData(pix) + (size_t)y0 * (size_t)wpl,
	               *r1 = pixGetData(pix) + (size_t)y1 * (size_t)wpl;
	if (!colour)
		return blend(GET_DATA_BYTE(r0, x0), GET_DATA_BYTE(r0, x1), GET_DATA_BYTE(r1, x0),
		             GET_DATA_BYTE(r1, x1), dx, dy);
	uint32_t out = 0;
	for (int shift = 8; shift < 32; shift += 8)
		out |= blend(r0[x0] >> shift & 255, r0[x1] >> shift & 255, r1[x0] >> shift & 255,
		             r1[x1] >> shift & 255, dx, dy)
		       << shift;
	return out;
}

static PIX *
cut_out(PIX *pix, const struct quad *q)
{
	int w = (int)lround(fmax(side_length(q, 0), side_length(q, 2)) * (1 + 2 * BEYOND));
	int h = (int)lround(fmax(side_length(q, 1), side_length(q, 3)) * (1 + 2 * BEYOND));
	bool colour = pixGetDepth(pix) == 32;
	/* A sheet that leans far has corners beyond the picture, and more pixels than the picture has. */
	bool fits = (double)w * h <= (double)MOST_GROWTH * pixGetWidth(pix) * pixGetHeight(pix);
	PIX *out = fits && w >= LEAST_OUTPUT && h >= LEAST_OUTPUT ? pixCreate(w, h, colour ? 32 : 8) : NULL;
	if (!out)
		return NULL;
	struct projection map = from_square(q);
	const double *m = map.m;
	for (int y = 0; y < h; y++) {
		uint32_t *row = pixGetData(out) + (size_t)y * (size_t)pixGetWpl(out);
		double v = -BEYOND + (1 + 2 * BEYOND) * (y + 0.5) / h;
		for (int x = 0; x < w; x++) {
			double u = -BEYOND + (1 + 2 * BEYOND) * (x + 0.5) / w, z = m[6] * u + m[7] * v + 1;
			uint32_t s = sample(pix, (m[0] * u + m[1] * v + m[2]) / z - 0.5,
			                    (m[3] * u + m[4] * v + m[5]) / z - 0.5, colour);
			if (colour)
				row[x] = s;
			else
				SET_DATA_BYTE(row, x, s);
		}
	}
	return out;
}

enum err
page_cut(struct Pix **pix, bool *ret_cut, struct why *why)
{
	struct quad sheet;
	OWNED(pixDestroy) PIX *grey = page_grey(*pix);
	*ret_cut = false;
	if (!grey)
		return fail(why, ERR_PARSER_MEMORY, "no memory for the page in grey");
	if (!find_sheet(grey, &sheet))
		return ERR_NONE;
	pixDestroy(&grey);
	PIX *cut = cut_out(*pix, &sheet);
	if (!cut)
		return ERR_NONE;
	pixCopyResolution(cut, *pix);
	pixDestroy(pix);
	*pix = cut;
	*ret_cut = true;
	return ERR_NONE;
}
