/* banned.h: calls whose safe sibling is always better. Included before everything else. A file that
 * must include a system header that trips on them defines DOCKET_HEADER_TRIPS_ON_BANNED in its build. */
#ifndef DOCKET_BANNED_H
#define DOCKET_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Under _FORTIFY_SOURCE glibc makes macros of some for clang, which does not poison macros. */
#ifdef __clang__
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#endif

#ifndef DOCKET_HEADER_TRIPS_ON_BANNED
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof gmtime \
    localtime ctime asctime
#endif

#endif
