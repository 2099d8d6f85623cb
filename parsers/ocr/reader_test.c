/* The network, its weights, and whole pages. */
#include "committed_weights.h"
#include "crop.h"
#include "fdio.h"
#include "net.h"
#include "reader.h"
#include "uuid.h"

#include <setjmp.h>
#include <stdarg.h>
/* after the four above */
#include <cmocka.h>
#include <math.h>
#include <sodium.h>

static struct reader *
open_reader(void)
{
	struct reader *r = NULL;
	struct why why = {""};
	if (reader_open(source(WEIGHTS), &r, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	return r;
}

static uint32_t
take_u32(const char **p)
{
	uint32_t v;
	memcpy(&v, *p, sizeof v);
	*p += sizeof v;
	return v;
}

/* One golden line: its picture, then PyTorch's best class and score of every step. */
static void
check_line(const struct weights *w, const struct kernels *k, float tolerance, const char **p)
{
	struct why why = {""};
	int32_t columns = (int32_t)take_u32(p), expected = (int32_t)take_u32(p), steps = 0;
	const uint8_t *grey = (const uint8_t *)*p;
	*p += (size_t)columns * (size_t)w->rows;
	const char *classes = *p, *values = *p + 2 * expected;
	*p += 6 * expected;
	struct net_run n;
	size_t stride = 0;
	assert_int_equal(net_run_init(w, k, columns + 100, &n, &why), ERR_NONE);
	float *in = net_input(&n, columns, &stride);
	crop_contrast(grey, w->rows, columns, in, stride);
	const float *scores = net_forward(&n, columns, &steps, &stride);
	assert_int_equal(steps, expected);
	for (int32_t t = 0; t < steps; t++) {
		uint16_t class;
		float value;
		memcpy(&class, classes + 2 * t, sizeof class);
		memcpy(&value, values + 4 * t, sizeof value);
		assert_true(class < w->classes);
		assert_true(fabsf(scores[(size_t)t * stride + class] - value) <
		            tolerance * (1 + fabsf(value)));
		for (int32_t c = 0; c < w->classes; c++)
			assert_true(scores[(size_t)t * stride + (size_t)c] <
			            value + tolerance * (1 + fabsf(value)));
	}
	net_run_release(&n);
}

static bool
everywhere(void)
{
	return true;
}

#if defined(__x86_64__)
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}

static bool
has_bf16(void)
{
	return has_avx512() && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw");
}
#endif

/* bfloat16 keeps three digits of what goes into a layer. */
static const struct {
	const struct kernels *kernels;
	bool (*runs_here)(void);
	float tolerance;
} all_kernels[] = {
    {&kernels_plain, everywhere, 2e-3F},
#if defined(__x86_64__)
    {&kernels_avx2, has_avx2, 2e-3F},
    {&kernels_avx512, has_avx512, 2e-3F},
    {&kernels_bf16, has_bf16, 4e-2F},
#endif
};

static void
answers_as_pytorch_did(void **state)
{
	(void)state;
	struct why why = {""};
	struct weights w;
	OWNED(mem_free) char *golden = NULL;
	size_t len = 0;
	assert_int_equal(weights_map(source(WEIGHTS), &w, &why), ERR_NONE);
	assert_int_equal(file_read(source("parsers/ocr/golden/lines.bin"), MIB, &golden, &len, &why),
	                 ERR_NONE);
	for (size_t i = 0; i < ARRAY_LEN(all_kernels); i++) {
		if (!all_kernels[i].runs_here())
			continue;
		const char *p = golden;
		for (uint32_t lines = take_u32(&p); lines; lines--)
			check_line(&w, all_kernels[i].kernels, all_kernels[i].tolerance, &p);
		assert_ptr_equal(p, golden + len);
	}
	weights_release(&w);
}

static void
refuses_weights_that_changed(void **state)
{
	(void)state;
	struct why why = {""};
	struct weights w;
	OWNED(mem_free) char *bytes = NULL;
	size_t len = 0;
	assert_int_equal(file_read(source(WEIGHTS), 64 * MIB, &bytes, &len, &why), ERR_NONE);
	for (size_t at = 0; at < len; at += len / 7) {
		bytes[at] ^= 1;
		enum err e = weights_parse((const uint8_t *)bytes, len, &w, &why);
		assert_int_equal(e, at >= 8 && at < 32 ? ERR_NONE : ERR_MODEL_UNAVAILABLE);
		bytes[at] ^= 1;
	}
	assert_int_equal(weights_parse((const uint8_t *)bytes, len - 64, &w, &why), ERR_MODEL_UNAVAILABLE);
	assert_int_equal(weights_parse((const uint8_t *)bytes, 0, &w, &why), ERR_MODEL_UNAVAILABLE);
	struct reader *r = NULL;
	assert_int_equal(reader_open("/nonexistent/weights", &r, &why), ERR_MODEL_UNAVAILABLE);
}

static void
read_blank(const struct reader *r, int32_t width, int32_t height, uint8_t level, size_t every)
{
	struct why why = {""};
	struct reader_text text = {0};
	size_t n = (size_t)width * (size_t)height;
	OWNED(mem_free) uint8_t *pixels = malloc(n + 1);
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 64 * MIB);
	assert_non_null(pixels);
	for (size_t i = 0; i < n; i++)
		pixels[i] = every && i % every == 0 ? (uint8_t)(255 - level) : level;
	struct reader_page page = {pixels, width, height, (size_t)width, 0};
	assert_int_equal(reader_read(r, &page, mem, &text, &why), ERR_NONE);
	for (size_t i = 0; i < text.n; i++) {
		const struct reader_word *w = &text.words[i];
		assert_true(w->x0 >= 0 && w->y0 >= 0 && w->x1 <= (float)width && w->y1 <= (float)height);
		assert_true(w->confidence >= 0 && w->confidence <= 1 && w->x0 < w->x1 && w->y0 < w->y1);
	}
	if (!every)
		assert_int_equal(text.n, 0);
}

static void
survives_odd_pictures(void **state)
{
	(void)state;
	struct reader *r = open_reader();
	read_blank(r, 0, 0, 0, 0);
	read_blank(r, 1, 1, 0, 0);
	read_blank(r, 20000, 1, 0, 7);
	read_blank(r, 20000, 40, 255, 0);
	read_blank(r, 3, 5000, 255, 2);
	read_blank(r, 400, 400, 0, 0);
	read_blank(r, 300, 300, 255, 3);
	read_blank(r, 500, 300, 200, 97);
	read_blank(r, 20000, 30, 255, 11);
	reader_close(&r);
}

static void
refuses_a_picture_too_large(void **state)
{
	(void)state;
	struct reader *r = open_reader();
	struct why why = {""};
	struct reader_text text;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	struct reader_page page = {(const uint8_t *)"", 1000000, 1000000, 1000000, 0};
	assert_int_equal(reader_read(r, &page, mem, &text, &why), ERR_PAGE_TOO_LARGE);
	reader_close(&r);
}

/* What the manifest promises is what lies beside it. */
static void
is_the_file_of_its_manifest(void **state)
{
	(void)state;
	struct why why = {""};
	OWNED(mem_free) char *bytes = NULL;
	OWNED(mem_free) char *manifest = NULL;
	size_t n = 0, len = 0;
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof digest + 1];
	assert_int_equal(file_read(source(WEIGHTS), 64 * MIB, &bytes, &n, &why), ERR_NONE);
	assert_int_equal(file_read(source("parsers/ocr/models/manifest.json"), MIB, &manifest, &len, &why),
	                 ERR_NONE);
	crypto_hash_sha256(digest, (const uint8_t *)bytes, n);
	hex_text(digest, sizeof digest, hex);
	assert_non_null(memmem(manifest, len, hex, strlen(hex)));
	assert_non_null(memmem(manifest, len, bytes + 8, strnlen(bytes + 8, 24)));
	assert_true(n <= 12000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_as_pytorch_did),      cmocka_unit_test(refuses_weights_that_changed),
	    cmocka_unit_test(is_the_file_of_its_manifest), cmocka_unit_test(survives_odd_pictures),
	    cmocka_unit_test(refuses_a_picture_too_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
