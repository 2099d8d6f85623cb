/* Any bytes as a file of weights. The digest is made right first, or nothing behind it would be reached;
 * a net that is accepted is also run and its answer searched, since both rely on what was checked. */
#include "net.h"
#include "own.h"
#include "search.h"

#include <sodium.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
search(const struct weights *w, const float *scores, int32_t steps, size_t stride)
{
	struct search s;
	struct letter letters[20];
	size_t n = 0;
	if (search_init(w, steps, &s, NULL) == ERR_NONE &&
	    search_line(&s, scores, steps, stride, letters, &n, NULL) == ERR_NONE) {
		decode_settle_script(w, letters, n, (struct decode_letters){0});
		decode_settle_case(w, letters, n);
	}
	search_release(&s);
}

static void
run(const struct weights *w)
{
	struct net_run n;
	size_t stride = 0;
	int32_t steps = 0;
	if (net_run_init(w, &kernels_plain, 20, &n, NULL) != ERR_NONE)
		return;
	if (n.size < MIB) {
		float *in = net_input(&n, 20, &stride);
		for (int32_t y = 0; y < w->rows; y++)
			memset(in + (size_t)y * stride, 0, 20 * sizeof *in);
		const float *scores = net_forward(&n, 20, &steps, &stride);
		search(w, scores, steps, stride);
	}
	net_run_release(&n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 16 * MIB)
		return 0;
	size_t room = (size + 63) / 64 * 64;
	OWNED(mem_free) uint8_t *copy = aligned_alloc(64, room ? room : 64);
	struct weights w;
	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (size >= 64)
		crypto_hash_sha256(copy + 32, copy + 64, size - 64);
	if (weights_parse(copy, size, &w, NULL) == ERR_NONE)
		run(&w);
	return 0;
}
