/* What strangers send about accounts: JSON bodies, addresses of webhooks, names of devices, text for a
 * calendar. The first byte chooses, the rest is the text. */
#include "calendar_text.h"
#include "device_name.h"
#include "header_values.h"
#include "key_json.h"
#include "webhook_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every line that goes out is short, and none begins anything that we did not begin. */
static void
calendar(const char *text)
{
	OWNED(buf_free) struct buf out = buf_init(1 * MIB);
	calendar_text(&out, "SUMMARY", text);
	if (out.full || out.len == 0)
		return;
	for (const char *line = out.data; *line;) {
		const char *end = strstr(line, "\r\n");
		if (!end || end - line > 75)
			BUG("a line that is none");
		if (line != out.data && *line != ' ')
			BUG("text has begun a line of its own");
		line = end + 2;
	}
}

static void
body(const char *text, size_t n)
{
	OWNED(json_release) json_t *o = NULL;
	struct why why;
	const char *value;
	uint32_t bits;
	int64_t ends;
	if (json_parse(text, n, &o, &why) != ERR_NONE)
		return;
	if (member_string(o, "name", 100, &value, &why) == ERR_NONE && strlen(value) > 100)
		BUG("longer than allowed");
	if (scopes_of(json_object_get(o, "scopes"), &bits, &why) == ERR_NONE && (bits == 0 || bits > 7))
		BUG("scopes that are none");
	if (events_of(json_object_get(o, "events"), &bits, &why) == ERR_NONE && (bits == 0 || bits > 3))
		BUG("events that are none");
	if (key_life(o, &ends, &why) == ERR_NONE && ends < 0)
		BUG("a life of less than nothing");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 8 * KIB)
		return 0;
	OWNED(arena_destroy) struct arena *mem = arena_create("fuzz", 1 * MIB);
	char *text = arena_strndup(mem, (const char *)data + 1, size - 1);
	char device[DEVICE_NAME_LEN], network[COARSE_ADDRESS_LEN];
	struct why why;
	switch (data[0] % 5) {
	case 0:
		body(text, size - 1);
		break;
	case 1:
		if (webhook_url_ok(text, false, &why) == ERR_NONE &&
		    (strncasecmp(text, "https://", 8) != 0 || strpbrk(text, "\r\n ")))
			BUG("an address that is none");
		break;
	case 2:
		device_name(text, device);
		break;
	case 3:
		coarse_address(text, network);
		break;
	default:
		calendar(text);
	}
	return 0;
}
