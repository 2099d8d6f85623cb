/* Text without pages: character sets, mails, markup and how it is set. */
#include "charset.h"
#include "flow.h"
#include "flow_formats.h"
#include "mime.h"
#include "parsers.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct limits
usual_limits(void)
{
	return (struct limits){.max_pixels = 60000000,
	                       .max_unpacked = 100 * (int64_t)MIB,
	                       .max_pages = 20,
	                       .max_entries = 100,
	                       .max_ratio = 200,
	                       .max_nesting = 100,
	                       .max_attachments = 10};
}

/* ---- character sets ---- */

#define RUSSIAN "Съешь ещё этих мягких французских булок, да выпей чаю. ИТОГО К ОПЛАТЕ: 1 234,50"

/* The text in an eight-bit set, by turning its table round. */
static void
encode(const struct charset *c, const char *utf8, struct buf *ret)
{
	for (const char *p = utf8; *p;) {
		size_t len = (unsigned char)*p < 0x80 ? 1 : (unsigned char)*p < 0xE0 ? 2 : 3;
		for (int byte = 1; byte < 256; byte++) {
			OWNED(buf_free) struct buf one = buf_init(10);
			charset_decode(c, &(uint8_t){(uint8_t)byte}, 1, &one);
			if (one.len == len && memcmp(one.data, p, len) == 0) {
				buf_putc(ret, (char)byte);
				break;
			}
		}
		p += len;
	}
}

static void
old_russian_sets_are_told_apart_by_their_letters(void **state)
{
	(void)state;
	static const char *const labels[] = {"windows-1251", "KOI8-R", "cp866", "ISO-8859-5"};
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		const struct charset *c = charset_find(labels[i], strlen(labels[i]));
		OWNED(buf_free) struct buf bytes = buf_init(1000);
		OWNED(buf_free) struct buf text = buf_init(1000);
		assert_non_null(c);
		encode(c, RUSSIAN, &bytes);
		const struct charset *guess = charset_guess((uint8_t *)bytes.data, bytes.len);
		assert_string_equal(charset_name(guess), charset_name(c));
		charset_decode(guess, (uint8_t *)bytes.data, bytes.len, &text);
		assert_string_equal(text.data, RUSSIAN);
	}
	assert_null(charset_find("x-klingon", 9));
	assert_null(charset_find("", 0));
	const char *western = "Caf\xe9 M\xfcller, 5 \x80";
	assert_string_equal(charset_name(charset_guess((const uint8_t *)western, strlen(western))),
	                    "windows-1252");
	static const uint8_t wide[] = "\xff\xfe\x1f\x04\x40\x04";
	OWNED(buf_free) struct buf text = buf_init(100);
	charset_decode(charset_guess(wide, 6), wide, 6, &text);
	assert_string_equal(text.data, "Пр");
}

/* ---- types ---- */

static void
texts_are_told_from_noise(void **state)
{
	(void)state;
#define TYPE(literal) document_media_type((const uint8_t *)(literal), sizeof(literal) - 1)
	assert_string_equal(TYPE("Dear reader,\nall is well.\n"), "text/plain");
	assert_string_equal(TYPE("\xef\xbb\xbf  <!DOCTYPE html>\n<p>x"), "text/html");
	assert_string_equal(TYPE("<!-- saved -->\n<html><body>"), "text/html");
	assert_string_equal(TYPE("Received: by x\r\n\tfor y\r\nFrom: a@b\r\nSubject: c\r\n\r\n"),
	                    "message/rfc822");
	assert_string_equal(TYPE("From a@b Mon\nFrom: a@b\nTo: c@d\n\nhi"), "message/rfc822");
	assert_string_equal(TYPE("Note: call them.\nFrom: Monday on\n"), "text/plain");
	assert_null(TYPE("<?xml version=\"1.0\"?><a/>"));
	assert_null(TYPE("{\\rtf1 x}"));
	assert_null(TYPE("a\0b and so on"));
	assert_null(TYPE(" \n\t "));
	assert_null(TYPE("\xE7\xF2"));
	assert_string_equal(TYPE("\0\0\0\x18"
	                         "ftypmif1\0\0\0\0mif1heic"),
	                    "image/heic");
	assert_null(TYPE("\0\0\0\x1c"
	                 "ftypavif\0\0\0\0avifmif1"));
	assert_null(TYPE("\0\0\0\x18"
	                 "ftypmp42\0\0\0\0mp42isom"));
	assert_string_equal(document_type_of_name("Scan.PDF"), "application/pdf");
	assert_null(document_type_of_name("pdf"));
	assert_null(document_type_of_name(NULL));
}

/* ---- mails ---- */

static struct mime
read_mail(const char *text, struct arena *mem)
{
	struct mime m = {0};
	struct why why;
	assert_int_equal(mime_read((const uint8_t *)text, strlen(text), 10, mem, &m, &why), ERR_NONE);
	return m;
}

static void
a_mail_comes_apart(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 1 * MIB);
	struct mime m = read_mail(
	    "Subject: =?koi8-r?B?8NLJ?=\r\n =?KOI8-R*ru?Q?=D7=C5=D4?= and =?x?Z?y?=\r\n"
	    "Content-Type: multipart/mixed;\r\n boundary=\"a b\"\r\n\r\npreamble\r\n"
	    "--a b\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
	    "--in\r\n\r\nplain\r\n--in\r\nContent-Type: text/html; charset=koi8-r\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C1=\r\n=C2 = x</p>\r\n--in--\r\n"
	    "--a b  \r\nContent-Type: image/png; name=old.png\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment; filename*0*=UTF-8''%D1%87; filename*1*=%D0%B5%D0%BA;\r\n"
	    " filename*2=.png\r\n\r\nSGVs\r\nbG8=\r\n--a b--\r\nepilogue",
	    mem);
	OWNED(buf_free) struct buf b = buf_init(1000);
	assert_true(mime_header(m.headers, "subject", &b));
	assert_string_equal(b.data, "Привет and =?x?Z?y?=");
	assert_false(mime_header(m.headers, "Subjec", &b));
	assert_int_equal(m.n_parts, 3);
	assert_string_equal(m.parts[0].type, "text/plain");
	assert_int_equal(m.parts[0].body.n, 5);
	assert_int_equal(m.parts[0].alternative, m.parts[1].alternative);
	assert_string_equal(charset_name(m.parts[1].charset), "koi8-r");
	buf_clear(&b);
	mime_decode(&m.parts[1], &b);
	assert_string_equal(b.data, "<p>\xC1\xC2 = x</p>");
	assert_true(m.parts[2].attached);
	assert_string_equal(m.parts[2].name, "чек.png");
	buf_clear(&b);
	mime_decode(&m.parts[2], &b);
	assert_string_equal(b.data, "Hello");
}

static void
a_cut_or_endless_mail_is_read_as_far_as_it_goes(void **state)
{
	(void)state;
	OWNED(arena_destroy) struct arena *mem = arena_create("test", 16 * MIB);
	struct mime m =
	    read_mail("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\n\nsec", mem);
	assert_int_equal(m.n_parts, 2);
	assert_int_equal(m.parts[1].body.n, 3);
	OWNED(buf_free) struct buf deep = buf_init(1 * MIB);
	for (int i = 0; i < 100; i++)
		buf_printf(&deep, "Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n", i, i);
	m = read_mail(deep.data, mem);
	assert_true(m.more);
	buf_clear(&deep);
	buf_puts(&deep, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 100; i++)
		buf_puts(&deep, "--b\n\nx\n");
	m = read_mail(deep.data, mem);
	assert_int_equal(m.n_parts, 10);
	assert_true(m.more);
}

/* ---- setting ---- */

struct set_text {
	struct flow *flow;
	int32_t pages;
	struct page first;
};

static void
set_free(struct set_text *t)
{
	flow_free(&t->flow);
}

static struct set_text
set_html(const char *html)
{
	struct set_text t = {.flow = flow_new()};
	struct limits l = usual_limits();
	struct format_page page = {0};
	struct why why = {""};
	assert_int_equal(flow_html(t.flow, html, strlen(html), &l, &why), ERR_NONE);
	assert_int_equal(flow_set(t.flow, &l, &t.pages, &why), ERR_NONE);
	assert_int_equal(flow_page(t.flow, 0, &l, &page, &why), ERR_NONE);
	assert_non_null(page.pix);
	pixDestroy(&page.pix);
	t.first = page.text;
	return t;
}

static const struct word *
find(const struct set_text *t, const char *text)
{
	for (size_t i = 0; i < t->first.n_words; i++) {
		if (strcmp(t->first.words[i].text, text) == 0)
			return &t->first.words[i];
	}
	fail_msg("no word \"%s\"", text);
	return NULL;
}

static void
what_is_not_shown_is_not_read(void **state)
{
	(void)state;
	OWNED(set_free)
	struct set_text t = set_html(
	    "<head><title>no</title><style>no</style></head><body><div style='color:red; display : none'>"
	    "no<br>no<img></div><script>no</script>yes<p hidden>no</p><!-- no --> "
	    "&amp;&nbsp;co&shy;op</body>");
	assert_int_equal(t.first.n_words, 3);
	assert_string_equal(t.first.words[0].text, "yes");
	assert_string_equal(t.first.words[1].text, "&");
	assert_string_equal(t.first.words[2].text, "coop");
}

static void
cells_of_a_row_stand_side_by_side(void **state)
{
	(void)state;
	OWNED(set_free)
	struct set_text t =
	    set_html("<table><tr><td><table><tr><td>Tea<td>9.00<tr><td>Cake with cherries<td>8.17"
	             "<tr><td colspan=2>Total<td>17.17</table><td>Aside</table>");
	const struct word *tea = find(&t, "Tea"), *nine = find(&t, "9.00"), *eight = find(&t, "8.17");
	assert_true(fabsf(tea->box.y0 - nine->box.y0) < 0.001F);
	assert_true(fabsf(nine->box.x0 - eight->box.x0) < 0.001F);
	assert_true(nine->box.x0 > find(&t, "cherries")->box.x1);
	assert_true(find(&t, "17.17")->box.x0 > nine->box.x0);
	/* The outer table is only there to place the inner one. */
	assert_true(find(&t, "Aside")->box.y0 > find(&t, "Total")->box.y1);
	assert_int_equal(t.first.n_lines, 4);
	assert_int_equal(t.first.lines[0].n, 2);
}

static void
long_text_fills_pages_and_too_long_is_refused(void **state)
{
	(void)state;
	struct limits l = usual_limits();
	struct why why = {""};
	int32_t pages = 0;
	OWNED(buf_free) struct buf text = buf_init(10 * MIB);
	for (int i = 0; i < 200; i++)
		buf_puts(&text, "Name   Sum\n\n");
	for (int round = 0; round < 2; round++) {
		OWNED(flow_free) struct flow *f = flow_new();
		l.max_pages = round ? 1 : 20;
		assert_int_equal(flow_lines(f, text.data, text.len, &why), ERR_NONE);
		assert_int_equal(flow_set(f, &l, &pages, &why), round ? ERR_TOO_MANY_PAGES : ERR_NONE);
	}
	assert_true(pages > 1);
	buf_clear(&text);
	for (int i = 0; i < 200; i++)
		buf_puts(&text, "<div>");
	OWNED(flow_free) struct flow *f = flow_new();
	assert_int_equal(flow_html(f, text.data, text.len, &l, &why), ERR_DOCUMENT_BOMB);
}

static void
a_row_as_long_as_a_book_is_read_to_its_end(void **state)
{
	(void)state;
	struct limits l = usual_limits();
	l.max_pages = 200;
	struct why why = {""};
	int32_t pages = 0;
	OWNED(buf_free) struct buf html = buf_init(MIB);
	buf_puts(&html, "<table><tr><td>Left<td>");
	for (int i = 1; i <= 5000; i++)
		buf_printf(&html, "%d<br>", i);
	OWNED(flow_free) struct flow *f = flow_new();
	assert_int_equal(flow_html(f, html.data, html.len, &l, &why), ERR_NONE);
	assert_int_equal(flow_set(f, &l, &pages, &why), ERR_NONE);
	struct format_page last = {0};
	assert_int_equal(flow_page(f, pages - 1, &l, &last, &why), ERR_NONE);
	pixDestroy(&last.pix);
	assert_string_equal(last.text.words[last.text.n_words - 1].text, "5000");
}

static int
load_fonts(void **state)
{
	(void)state;
	struct why why;
	return flow_fonts_load(&why) == ERR_NONE ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(old_russian_sets_are_told_apart_by_their_letters),
	    cmocka_unit_test(texts_are_told_from_noise),
	    cmocka_unit_test(a_mail_comes_apart),
	    cmocka_unit_test(a_cut_or_endless_mail_is_read_as_far_as_it_goes),
	    cmocka_unit_test(what_is_not_shown_is_not_read),
	    cmocka_unit_test(cells_of_a_row_stand_side_by_side),
	    cmocka_unit_test(a_row_as_long_as_a_book_is_read_to_its_end),
	    cmocka_unit_test(long_text_fills_pages_and_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, load_fonts, NULL);
}
