/* Codes as people find them on bills, drawn by another library and read back from pixels. */
#include "page_steps.h"
#include "sandbox.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <qrencode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

#define CELL  4 /* pixels of a code's smallest square */
#define QUIET 40

static void
fill(PIX *pix, int x, int y)
{
	for (int i = 0; i < CELL * CELL; i++)
		pixSetPixel(pix, x + i % CELL, y + i / CELL, 20);
}

/* To the left on a white page. */
static PIX *
picture_of(const void *data, size_t n)
{
	QRcode *code = QRcode_encodeData((int)n, data, 0, QR_ECLEVEL_M);
	assert_non_null(code);
	int side = code->width * CELL + 2 * QUIET;
	PIX *pix = pixCreate(side + 200, side, 8);
	pixSetAllGray(pix, 250);
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			if (code->data[y * code->width + x] & 1)
				fill(pix, QUIET + x * CELL, QUIET + y * CELL);
	QRcode_free(code);
	return pix;
}

static const struct barcode *
only_code(PIX *pix, struct arena *mem)
{
	const struct barcode *codes = NULL;
	size_t n = 0;
	struct why why = {""};
	assert_int_equal(page_codes(pix, mem, &codes, &n, &why), ERR_NONE);
	assert_int_equal(n, 1);
	assert_string_equal(codes->format, "QR-Code");
	return codes;
}

static void
says(const void *data, size_t n, const char *wanted)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	PIX *pix = picture_of(data, n);
	const struct barcode *b = only_code(pix, mem);
	assert_string_equal(b->text, wanted);
	double w = pixGetWidth(pix), h = pixGetHeight(pix), slack = 2 * CELL / w;
	assert_true(fabs(b->box.x0 - QUIET / w) < slack && fabs(b->box.y1 - (h - QUIET) / h) < slack);
	/* upper left, upper right, lower right, lower left */
	const float *c = b->corners;
	assert_true(c[0] < c[2] && c[1] < c[5] && c[4] > c[6] && c[7] > c[3]);
	pixDestroy(&pix);
}

static void
payments_of_europe_and_switzerland(void **state)
{
	(void)state;
	static const char epc[] = "BCD\n002\n1\nSCT\nBFSWDE33BER\nWikimedia Foerdergesellschaft\n"
	                          "DE33100205000001194700\nEUR123.45\n\n\nSpende";
	static const char swiss[] =
	    "SPC\r\n0200\r\n1\r\nCH4431999123000889012\r\nS\r\nMax Muster & Söhne\r\nMusterstrasse\r\n"
	    "123\r\n8000\r\nSeldwyla\r\nCH\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n50.00\r\nCHF\r\nS\r\nSimon Muster";
	says(epc, strlen(epc), epc);
	says(swiss, strlen(swiss), swiss);
}

static void
russian_payments_in_each_of_their_alphabets(void **state)
{
	(void)state;
	static const char wanted[] = "ST00012|Name=ООО Дом|PersonalAcc=40702810138250123017|Sum=23390";
	/* "ООО Дом" in windows-1251 and KOI8-R */
	static const char cp1251[] = "ST00011|Name=\xCE\xCE\xCE \xC4\xEE\xEC|Sum=23390";
	static const char koi8[] = "ST00013|Name=\xEF\xEF\xEF \xE4\xCF\xCD|Sum=23390";
	static const char liar[] = "ST00012|Name=\xCE\xCE\xCE \xC4\xEE\xEC|Sum=23390";
	says(wanted, strlen(wanted), wanted);
	says(cp1251, strlen(cp1251), "ST00011|Name=ООО Дом|Sum=23390");
	says(koi8, strlen(koi8), "ST00013|Name=ООО Дом|Sum=23390");
	says(liar, strlen(liar), "ST00012|Name=ООО Дом|Sum=23390");
}

static void
a_fiscal_receipt_and_a_link(void **state)
{
	(void)state;
	static const char fiscal[] = "t=20240203T1845&s=233.90&fn=9289000100234567&i=12345&fp=2345678901&n=1";
	static const char link[] = "https://example.org/bill/417?lang=ru";
	says(fiscal, strlen(fiscal), fiscal);
	says(link, strlen(link), link);
}

static void
bytes_that_are_no_text_are_passed_over(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", MIB);
	static const char bytes[] = "\xFF\xFE\x80 something";
	PIX *pix = picture_of(bytes, strlen(bytes));
	const struct barcode *codes = NULL;
	size_t n = 0;
	struct why why = {""};
	assert_int_equal(page_codes(pix, mem, &codes, &n, &why), ERR_NONE);
	assert_int_equal(n, 0);
	pixDestroy(&pix);
}

#ifndef WITHOUT_SANDBOX
/* What ZBar opens for every QR code was opened before: inside, opening is death. */
static int
read_inside(PIX *pix)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 4 * MIB);
	const struct sandbox_limits limits = {.memory = 256 * MIB, .cpu_s = 10, .file = MIB};
	const struct barcode *codes = NULL;
	size_t n = 0;
	uint32_t bits;
	struct why why;
	if (page_codes_load(&why) != ERR_NONE ||
	    sandbox_close(SANDBOX_READ, &limits, &bits, &why) != ERR_NONE ||
	    sandbox_close(SANDBOX_STRICT, NULL, &bits, &why) != ERR_NONE)
		return 3;
	return page_codes(pix, mem, &codes, &n, &why) == ERR_NONE && n == 1 ? 0 : 4;
}

static void
codes_are_read_inside_the_sandbox(void **state)
{
	(void)state;
	static const char *const texts[] = {"ST00011|Name=\xCE\xCE\xCE", "plain", "ST00012|Name=Дом"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		PIX *pix = picture_of(texts[i], strlen(texts[i]));
		int status = 0;
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(read_inside(pix));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		pixDestroy(&pix);
	}
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payments_of_europe_and_switzerland),
	    cmocka_unit_test(russian_payments_in_each_of_their_alphabets),
	    cmocka_unit_test(a_fiscal_receipt_and_a_link),
	    cmocka_unit_test(bytes_that_are_no_text_are_passed_over),
#ifndef WITHOUT_SANDBOX
	    cmocka_unit_test(codes_are_read_inside_the_sandbox),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
