/* GET /service: what is on and off here, for whoever has no account yet. */
#include "letters.h"
#include "web_authn.h"

static enum err
get_service(struct request *rq, struct why *why)
{
	const struct settings *s = request_settings(rq);
	struct web_authn_party party;
	(void)why;
	struct buf *out = answer_json(rq, 200);
	buf_printf(out, "{\"signup\":\"%s\",\"signup_domains\":[", s->api_signup);
	for (const char *at = s->api_signup_domains; *at;) {
		size_t n = strcspn(at, ", ");
		if (n > 0) {
			if (out->data[out->len - 1] != '[')
				buf_putc(out, ',');
			buf_json_string(out, at, n);
		}
		at += n + (at[n] != '\0');
	}
	buf_printf(out,
	           "],\"mail\":%s,\"verified_only\":%s,\"max_upload\":%lld,\"webhooks\":true,\"passkeys\":%s,"
	           "\"status\":%s}\n",
	           mail_is_on(s) ? "true" : "false", s->api_verified_only ? "true" : "false",
	           (long long)s->api_max_upload,
	           web_authn_party(s->api_public_url, &party) ? "true" : "false",
	           s->api_public_status ? "true" : "false");
	return ERR_NONE;
}

const struct route route_get_service = {
    .name = "GET /service", .handle = get_service, .auth = AUTH_NONE, .runs = RUN_INLINE};
