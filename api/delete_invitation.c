/* DELETE /admin/invitations/{id}: its link makes no account any more, whichever admin made it. */
#include "observe.h"
#include "request.h"

static enum err
delete_invitation(struct request *rq, struct why *why)
{
	TRY(storage_invitation_end(request_storage(rq), rq->id, rq->user->id, rq->request_id, why));
	OWNED(log_close) struct log *log = request_log(rq);
	log_event(log, LOG_INFO, "user.changed", F_STR("what", "invitation ended"));
	rq->answer.status = 204;
	return ERR_NONE;
}

const struct route route_delete_invitation = {.name = "DELETE /admin/invitations/{id}",
                                              .handle = delete_invitation,
                                              .auth = AUTH_ADMIN,
                                              .runs = RUN_BLOCKING};
