/* memory_watch.h: tells a death for want of memory from any other.
 *
 * C++ and GLib abort when an allocation fails. Once one was refused, such a death ends the process
 * with PARSER_EXIT_MEMORY, by which the pool knows it. */
#ifndef DOCKET_MEMORY_WATCH_H
#define DOCKET_MEMORY_WATCH_H

#include <stdbool.h>

#define PARSER_EXIT_MEMORY 71

void memory_watch_start(void);
bool memory_was_refused(void);

#endif
