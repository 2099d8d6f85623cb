/* docket-courier: one message from standard input goes out; how it went goes to standard output. */
#include "carry.h"

#include "buf.h"
#include "fdio.h"
#include "own.h"

#include <curl/curl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define MESSAGE_MAX (512 * KIB)

static void
limit(int what, rlim_t n)
{
	struct rlimit l = {n, n};
	if (setrlimit(what, &l) != 0)
		_exit(1);
}

static void
limit_ourselves(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 64 * KIB); /* nothing is written but the answer */
	limit(RLIMIT_CPU, 30);
	limit(RLIMIT_AS, 1 * GIB);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		_exit(1);
}

static void
carry(const json_t *message, struct courier_report *ret)
{
	const char *kind = json_get_str(message, "kind");
	if (kind && strcmp(kind, "mail") == 0)
		carry_letter(message, ret);
	else if (kind && strcmp(kind, "webhook") == 0)
		carry_webhook(message, ret);
	else
		snprintf(ret->detail, sizeof ret->detail, "neither a letter nor a webhook");
}

int
main(void)
{
	OWNED(mem_free) char *text = NULL;
	OWNED(json_release) json_t *message = NULL;
	struct courier_report report = {0};
	struct why why;
	size_t n;
	limit_ourselves();
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return 1;
	if (fd_read_file(0, MESSAGE_MAX, &text, &n, &why) != ERR_NONE ||
	    json_parse(text, n, &message, &why) != ERR_NONE)
		snprintf(report.detail, sizeof report.detail, "no message came");
	else
		carry(message, &report);
	OWNED(buf_free) struct buf out = buf_init(8 * KIB);
	buf_printf(&out, "{\"carried\":%s,\"for_good\":%s,\"detail\":", report.carried ? "true" : "false",
	           report.for_good ? "true" : "false");
	buf_json_string(&out, report.detail, strlen(report.detail));
	buf_putc(&out, '}');
	return fd_write_all(1, out.data, out.len, &why) == ERR_NONE ? 0 : 1;
}
