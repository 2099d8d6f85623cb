/* device_name.h: how people tell their sessions apart: coarse on purpose, kept as long as a session. */
#ifndef DOCKET_DEVICE_NAME_H
#define DOCKET_DEVICE_NAME_H

#include <stddef.h>

#define DEVICE_NAME_LEN    64
#define COARSE_ADDRESS_LEN 64

/* "Firefox, Linux" of a User-Agent; "curl" of a program's; "" when it is absent or says nothing known. */
void device_name(const char *user_agent, char ret[static DEVICE_NAME_LEN]);

/* The network that an address is in: "198.51.100.0/24", "2001:db8:7::/48"; "" of what is no address. */
void coarse_address(const char *address, char ret[static COARSE_ADDRESS_LEN]);

#endif
