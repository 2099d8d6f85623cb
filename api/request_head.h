/* request_head.h: what the headers of a request alone decide, before any of its body is looked at: whether
 * its form is sound, whether the page that sent it may, who asks, whether they may do that and how often. */
#ifndef DOCKET_REQUEST_HEAD_H
#define DOCKET_REQUEST_HEAD_H

#include "app_files.h"
#include "routes.h"

/* A method that does. */
bool changes_something(const char *method);
/* `file`: of the app, or NULL. What is refused here was not begun: its body is only swallowed. */
enum err head_check(struct request *rq, const struct route_match *m, const struct web_asset *file,
                    struct why *why) MUST_CHECK;
/* Who asks, and may they? Again, where time has passed since. */
enum err person_check(struct request *rq, struct why *why) MUST_CHECK;
/* Before its answer goes out: who has that may send the same again at once, over another connection. */
void head_let_key_go(struct request *rq);

#endif
