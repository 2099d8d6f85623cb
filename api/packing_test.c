/* Packed and unpacked again. */
#include "packing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <zlib.h>

#include <cmocka.h>

#define PLAIN_MAX (200 * KIB)

static void
unpacks_to(const struct buf *packed, const char *plain, size_t n)
{
	unsigned char *out = malloc(PLAIN_MAX);
	assert_non_null(out);
	z_stream z = {.next_in = (void *)packed->data,
	              .avail_in = (uInt)packed->len,
	              .next_out = out,
	              .avail_out = PLAIN_MAX};
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, n);
	assert_int_equal(z.avail_in, 0);
	assert_memory_equal(out, plain, n);
	inflateEnd(&z);
	free(out);
}

static void
what_is_packed_unpacks_to_itself_and_is_smaller(void **state)
{
	(void)state;
	static const char said[] = "{\"value\":null,\"confidence\":0.93},";
	static char plain[PLAIN_MAX];
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = i % 977 ? said[i % strlen(said)] : (char)('0' + i % 10);
	for (size_t n = 100; n <= sizeof plain; n += n / 2) {
		OWNED(buf_free) struct buf packed = buf_init(n);
		assert_true(gzip_pack(plain, n, &packed));
		assert_true(packed.len < n);
		unpacks_to(&packed, plain, n);
	}
}

static void
what_packing_makes_no_smaller_is_left_alone(void **state)
{
	(void)state;
	unsigned char noise[40 * KIB];
	uint32_t seed = 1;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
	for (size_t n = 0; n <= sizeof noise; n += sizeof noise / 4) {
		OWNED(buf_free) struct buf packed = buf_init(sizeof noise);
		assert_false(gzip_pack(noise, n, &packed));
		assert_int_equal(packed.len, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_packed_unpacks_to_itself_and_is_smaller),
	    cmocka_unit_test(what_packing_makes_no_smaller_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
