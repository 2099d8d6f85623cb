/* routes.h: the one table of endpoints, and how an address finds its own. */
#ifndef DOCKET_ROUTES_H
#define DOCKET_ROUTES_H

#include "request.h"

/* Every endpoint's literal, one a file. */
/* clang-format off */
#define ROUTE_MAP(X) \
	X(post_signup) \
	X(post_login) \
	X(post_logout) \
	X(get_session) \
	X(get_sessions) \
	X(delete_session) \
	X(delete_sessions) \
	X(patch_account) \
	X(post_email) \
	X(post_password) \
	X(delete_account) \
	X(post_account_keep) \
	X(get_service) \
	X(get_status) \
	X(get_tokens) \
	X(post_token) \
	X(delete_token) \
	X(post_factor) \
	X(post_factor_confirm) \
	X(post_recovery_codes) \
	X(delete_factor) \
	X(get_passkeys) \
	X(post_passkey_options) \
	X(post_passkey) \
	X(patch_passkey) \
	X(delete_passkey) \
	X(post_login_passkey_options) \
	X(post_login_passkey) \
	X(post_verification) \
	X(post_verify) \
	X(post_reset) \
	X(post_reset_confirm) \
	X(post_account_export) \
	X(get_account_usage) \
	X(get_account_export) \
	X(get_account_export_file) \
	X(get_webhooks) \
	X(post_webhook) \
	X(delete_webhook) \
	X(get_deliveries) \
	X(post_redelivery) \
	X(get_feeds) \
	X(post_feed) \
	X(delete_feed) \
	X(get_calendar) \
	X(get_users) \
	X(patch_user) \
	X(get_invitations) \
	X(post_invitation) \
	X(delete_invitation) \
	X(post_upload) \
	X(get_jobs) \
	X(get_job) \
	X(delete_job) \
	X(post_retry) \
	X(get_result) \
	X(patch_fields) \
	X(get_documents) \
	X(get_document) \
	X(patch_document) \
	X(delete_document) \
	X(post_reprocess) \
	X(post_bulk) \
	X(get_facets) \
	X(get_digest) \
	X(get_export) \
	X(get_audit) \
	X(get_admin_audit) \
	X(get_overview) \
	X(get_original) \
	X(get_page) \
	X(get_thumbnail) \
	X(get_description) \
	X(get_reference) \
	X(get_reference_style)
/* clang-format on */

#define X(name) extern const struct route route_##name;
ROUTE_MAP(X)
#undef X

struct route_match {
	const struct route *route; /* NULL: none */
	bool path_known;           /* by another method: 405 */
	char allow[64];            /* then: "GET, HEAD, DELETE" */
	struct uuid id;
	int32_t n;
	char word[TOKEN_TEXT_LEN];
	bool bad_parameter;
};
void route_find(const char *method, const char *path, struct route_match *ret);

#endif
