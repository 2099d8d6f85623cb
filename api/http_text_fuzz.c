/* Headers and forms as strangers write them: first byte chooses, the rest is the text. */
#include "file_name.h"
#include "header_values.h"
#include "multipart.h"
#include "own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
on_part(void *arg, const char *name, const char *filename, struct why *why)
{
	(void)arg, (void)why;
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 1 * MIB);
	const char *clean = clean_file_name(mem, filename);
	if (clean && (strlen(clean) > 255 || strpbrk(clean, "/\\\r\n")))
		BUG("a name that is no name, in part %s", name);
	return ERR_NONE;
}
static enum err
on_data(void *arg, const void *p, size_t n, struct why *why)
{
	(void)why;
	*(size_t *)arg += n;
	return p ? ERR_NONE : ERR_BROKEN;
}

static void
form(const char *text, size_t n)
{
	struct why why;
	size_t total = 0;
	struct multipart *m = malloc(sizeof *m);
	struct multipart_sink sink = {.arg = &total, .part = on_part, .data = on_data};
	if (!m || multipart_begin(m, "multipart/form-data; boundary=b", &sink, &why) != ERR_NONE)
		BUG("a good boundary is refused");
	size_t half = n / 2;
	if (multipart_feed(m, text, half, &why) == ERR_NONE &&
	    multipart_feed(m, text + half, n - half, &why) == ERR_NONE)
		(void)!multipart_end(m, &why);
	if (total > n + 8)
		BUG("more came out of a form than went in");
	free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 64 * KIB)
		return 0;
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 4 * MIB);
	char *text = arena_strndup(mem, (const char *)data + 1, size - 1), value[64];
	uint64_t first = 0, len = 0;
	switch (data[0] % 6) {
	case 0:
		form((const char *)data + 1, size - 1);
		break;
	case 1:
		(void)header_parameter(text, "filename", value, sizeof value);
		break;
	case 2:
		(void)cookie_value(text, "docket_session", value, sizeof value);
		break;
	case 3:
		if (range_parse(text, 1000, &first, &len) == RANGE_PART && (len == 0 || first + len > 1000))
			BUG("a range outside of its file");
		break;
	case 4:
		(void)etag_matches(text, "\"7\"");
		if (coding_accepted(text, "br") && !strcasestr(text, "br"))
			BUG("a coding that nobody named");
		if (strcmp(language_accepted(text), "ru") == 0 && !strcasestr(text, "ru"))
			BUG("a language that nobody named");
		break;
	default: {
		const char *header = attachment_header(mem, clean_file_name(mem, text));
		if (header && strpbrk(header, "\r\n"))
			BUG("a header of two lines");
	}
	}
	return 0;
}
