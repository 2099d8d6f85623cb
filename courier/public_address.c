#include "public_address.h"

#include "own.h"

#include <netinet/in.h>
#include <stdint.h>

struct block4 {
	uint32_t net;
	unsigned bits;
};
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct block4 special[] = {
    {IP(0, 0, 0, 0), 8},       {IP(10, 0, 0, 0), 8},      {IP(100, 64, 0, 0), 10},   {IP(127, 0, 0, 0), 8},
    {IP(169, 254, 0, 0), 16},  {IP(172, 16, 0, 0), 12},   {IP(192, 0, 0, 0), 24},    {IP(192, 0, 2, 0), 24},
    {IP(192, 31, 196, 0), 24}, {IP(192, 52, 193, 0), 24}, {IP(192, 88, 99, 0), 24},  {IP(192, 168, 0, 0), 16},
    {IP(192, 175, 48, 0), 24}, {IP(198, 18, 0, 0), 15},   {IP(198, 51, 100, 0), 24}, {IP(203, 0, 113, 0), 24},
    {IP(224, 0, 0, 0), 4},     {IP(240, 0, 0, 0), 4},
};

static bool
public4(uint32_t a)
{
	for (size_t i = 0; i < ARRAY_LEN(special); i++) {
		uint32_t mask = ~(uint32_t)0 << (32 - special[i].bits);
		if ((a & mask) == special[i].net)
			return false;
	}
	return true;
}

static bool
public6(const uint8_t a[static 16])
{
	uint32_t head = IP(a[0], a[1], a[2], a[3]);
	if ((a[0] & 0xE0) != 0x20)
		return false; /* not 2000::/3: loopback, mapped, unique local, link-local, multicast, NAT64 */
	if ((head & 0xFFFFFE00) == 0x20010000)
		return false; /* 2001::/23: Teredo, ORCHID, protocol assignments */
	if (head == 0x20010DB8 || (head & 0xFFFFF000) == 0x3FFF0000)
		return false;                     /* documentation */
	return (head & 0xFFFF0000) != 0x20020000; /* 6to4 */
}

bool
address_is_public(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return public4(ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr));
	if (a->sa_family == AF_INET6)
		return public6(((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr);
	return false;
}
