/* public_address.h: is an address the public internet's, and not this machine's or its network's?
 *
 * By IANA's registries of special-purpose addresses (RFC 6890 and what came after). Of IPv6 only 2000::/3 is
 * given out at all; in it what carries an IPv4 address inside is refused, as that could be anybody's. */
#ifndef DOCKET_PUBLIC_ADDRESS_H
#define DOCKET_PUBLIC_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool address_is_public(const struct sockaddr *a);

#endif
