#include "public_address.h"

#include "own.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool
is_public(const char *text)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return address_is_public((struct sockaddr *)&four);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return address_is_public((struct sockaddr *)&six);
}

static void
this_machine_and_its_networks_are_not_the_internet(void **state)
{
	(void)state;
	static const char *const inside[] = {
	    "0.0.0.0",         "10.1.2.3",        "100.64.0.1",   "127.0.0.1",
	    "127.255.255.255", "169.254.169.254", "172.16.0.1",   "172.31.255.255",
	    "192.168.1.1",     "192.0.0.8",       "198.18.0.1",   "203.0.113.7",
	    "224.0.0.1",       "255.255.255.255", "::",           "::1",
	    "::ffff:10.0.0.1", "::ffff:8.8.8.8",  "::8.8.8.8",    "fc00::1",
	    "fd12:3456::1",    "fe80::1",         "ff02::1",      "64:ff9b::a00:1",
	    "2001::1",         "2001:db8::1",     "2002:a00:1::", "3fff::1",
	    "fec0::1",
	};
	for (size_t i = 0; i < ARRAY_LEN(inside); i++)
		if (is_public(inside[i]))
			fail_msg("%s", inside[i]);
}

static void
the_rest_is(void **state)
{
	(void)state;
	static const char *const outside[] = {"1.1.1.1",      "8.8.8.8",        "100.63.255.255",
	                                      "100.128.0.1",  "172.15.0.1",     "172.32.0.1",
	                                      "192.167.0.1",  "198.17.255.255", "223.255.0.1",
	                                      "2a00:1450::1", "2606:4700::1",   "2001:4860::8888"};
	for (size_t i = 0; i < ARRAY_LEN(outside); i++)
		if (!is_public(outside[i]))
			fail_msg("%s", outside[i]);
}

static void
what_is_no_internet_address_is_refused(void **state)
{
	(void)state;
	struct sockaddr other = {.sa_family = AF_UNIX};
	assert_false(address_is_public(&other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(this_machine_and_its_networks_are_not_the_internet),
	    cmocka_unit_test(the_rest_is),
	    cmocka_unit_test(what_is_no_internet_address_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
