/* web_assets.h: the door of frontend: the files of the web app, built into the program. */
#ifndef DOCKET_WEB_ASSETS_H
#define DOCKET_WEB_ASSETS_H

#include "api.h"

/* Ends with a NULL path. "/index.html" is the page for "/" and for every address under "/app". */
extern const struct web_asset web_assets[];

#endif
