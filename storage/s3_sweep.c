/* Objects that no row names: of uploads that broke off before their transaction. */
#include "s3_request.h"

#include "clock.h"
#include "own.h"

#include <string.h>
#include <time.h>

/* "2026-11-24T18:38:52.821Z"; 0: not a time. */
static int64_t
time_of(const char *text)
{
	struct tm tm = {0};
	return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) * 1000 : 0;
}

/* Of one page of the list: takes away what is old enough and nobody's. */
static enum err
sweep_page(struct storage *st, const char *xml, int64_t before_ms, size_t *n, struct why *why)
{
	const struct s3 *s = st->blobs;
	char name[600], modified[64];
	while (s3_element(&xml, "Key", name, sizeof name) &&
	       s3_element(&xml, "LastModified", modified, sizeof modified)) {
		size_t prefix = strlen(s->prefix);
		int64_t at = time_of(modified);
		const char *key = name + prefix;
		if (strncmp(name, s->prefix, prefix) != 0 || !blob_key_ok(key) || at == 0 || at > before_ms ||
		    st->row_driver->knows_blob(st, key))
			continue;
		TRY(st->blob_driver->remove(st, key, why));
		++*n;
	}
	return ERR_NONE;
}

enum err
s3_sweep(struct storage *st, int64_t age_ms, size_t *n, struct why *why)
{
	struct s3 *s = st->blobs;
	int64_t before_ms = clock_wall_ms() - age_ms;
	char token[1100] = "";
	do {
		char query[3600];
		char *escaped = curl_easy_escape(NULL, token, 0),
		     *prefix = curl_easy_escape(NULL, s->prefix, 0);
		/* In the order of their names, as what is signed must be. */
		snprintf(query, sizeof query, "%s%s%slist-type=2&prefix=%s",
		         token[0] ? "continuation-token=" : "", token[0] ? escaped : "", token[0] ? "&" : "",
		         prefix);
		curl_free(escaped);
		curl_free(prefix);
		struct s3_request r = {.method = "GET",
		                       .path = "",
		                       .query = query,
		                       .body_fd = -1,
		                       .sink_fd = -1,
		                       .answer = buf_init(S3_ANSWER_MAX)};
		enum err e = s3_send(s, &r, NULL, why);
		const char *xml = r.answer.data;
		if (e == ERR_NONE)
			e = sweep_page(st, xml, before_ms, n, why);
		if (e != ERR_NONE || !s3_element(&xml, "NextContinuationToken", token, sizeof token))
			token[0] = '\0';
		buf_free(&r.answer);
		TRY(e);
	} while (token[0]);
	return ERR_NONE;
}
