/* banned.h: calls whose safe sibling is always better. Included before everything else. */
#ifndef DOCKET_BANNED_H
#define DOCKET_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof gmtime \
    localtime ctime asctime

#endif
