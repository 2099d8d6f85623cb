/* app_files.h: the web app's files: "/", "/app/..." (its own addresses) and whatever was built into it. */
#ifndef DOCKET_APP_FILES_H
#define DOCKET_APP_FILES_H

#include "request.h"

/* Is the address one of the app's? */
const struct web_asset *app_file(const struct api_options *o, const char *path);
void answer_app_file(struct request *rq, const struct web_asset *w);

#endif
