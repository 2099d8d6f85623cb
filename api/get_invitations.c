/* GET /admin/invitations: everybody's, newest first: which are out, and whose account a used one made. */
#include "request.h"

/* Somebody by id and address; null where it is nobody. */
static void
put_person(struct buf *out, struct uuid id, const char *email)
{
	if (uuid_is_nil(id)) {
		buf_puts(out, "null");
		return;
	}
	buf_puts(out, "{\"id\":");
	id_or_null(out, id);
	buf_puts(out, ",\"email\":");
	text_or_null(out, email);
	buf_putc(out, '}');
}

static void
put_invitation(struct buf *out, const struct invitation *k)
{
	buf_puts(out, "{\"id\":");
	id_or_null(out, k->id);
	buf_puts(out, ",\"email\":");
	text_or_null(out, k->email);
	buf_puts(out, ",\"note\":");
	text_or_null(out, k->note);
	buf_puts(out, ",\"invited_by\":");
	put_person(out, k->by, k->by_email);
	buf_puts(out, ",\"created_at\":");
	time_or_null(out, k->created_ms);
	buf_puts(out, ",\"expires_at\":");
	time_or_null(out, k->ends_ms);
	buf_puts(out, ",\"used_at\":");
	time_or_null(out, k->used_ms);
	buf_puts(out, ",\"used_by\":");
	put_person(out, k->used_by, k->used_by_email);
	buf_putc(out, '}');
}

static enum err
get_invitations(struct request *rq, struct why *why)
{
	struct uuid before;
	int32_t limit;
	struct invitation_page page;
	TRY(request_page(rq, &before, &limit, why));
	TRY(storage_invitation_list(request_storage(rq), before, limit, rq->mem, &page, why));
	struct buf *out = answer_json(rq, 200);
	buf_puts(out, "{\"items\":[");
	for (size_t i = 0; i < page.n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_invitation(out, &page.invitations[i]);
	}
	bool more = page.more && page.n > 0;
	list_end_json(out, more, more ? page.invitations[page.n - 1].id : (struct uuid){{0}});
	return ERR_NONE;
}

const struct route route_get_invitations = {
    .name = "GET /admin/invitations", .handle = get_invitations, .auth = AUTH_ADMIN, .runs = RUN_BLOCKING};
