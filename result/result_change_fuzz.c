/* A stranger's corrections, read and laid over: never more than an error. */
#include "json_own.h"
#include "own.h"
#include "result.h"

static const char shown_text[] =
    "{\"doc_type\":{\"value\":\"receipt\"},\"fields\":{\"total\":{\"normalized\":{\"amount\":\"9.00\","
    "\"minor\":"
    "900,\"exp\":2,\"currency\":\"MYR\"},\"source\":\"ml\"}},\"line_items\":[{\"n\":1,\"amount\":{"
    "\"normalized\":"
    "{\"minor\":500}}}],\"checks\":[],\"review\":{\"needed\":false,\"reasons\":[],\"fields\":[]}}";

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	OWNED(json_release) json_t *body = NULL;
	OWNED(json_release) json_t *shown = NULL;
	OWNED(result_changes_free) struct result_changes c = {0};
	struct result_correction laid[RESULT_CHANGES_MAX];
	struct why why;
	size_t m = 0;
	if (json_parse((const char *)p, n, &body, &why) != ERR_NONE || !json_is_object(body))
		return 0;
	if (json_parse(shown_text, sizeof shown_text - 1, &shown, &why) != ERR_NONE)
		BUG("the result of the test is no JSON");
	if (result_changes_read(body, shown, &c, &why) != ERR_NONE)
		return 0;
	for (size_t i = 0; i < c.n; i++)
		if (!c.list[i].undo)
			laid[m++] = (struct result_correction){c.list[i].path, c.list[i].after, 0};
	result_overlay(shown, laid, m, "2026-11-24");
	size_t len;
	OWNED(mem_free) char *text = json_text(shown, &len);
	return len > 0 ? 0 : -1;
}
