#include "device_name.h"

#include "own.h"

#include <arpa/inet.h>
#include <string.h>

/* The first that is found names it: Edge calls itself Chrome too, and everything calls itself Safari. */
static const char *const browsers[][2] = {
    {"Edg", "Edge"},        {"OPR", "Opera"},          {"YaBrowser", "Yandex"}, {"SamsungBrowser", "Samsung"},
    {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},      {"CriOS", "Chrome"},     {"Chrome", "Chrome"},
    {"Safari", "Safari"},   {"curl", "curl"},          {"Wget", "Wget"},        {"python-requests", "Python"},
    {"node", "Node.js"},    {"okhttp", "Android app"},
};
static const char *const systems[][2] = {
    {"iPhone", "iPhone"}, {"iPad", "iPad"},     {"Android", "Android"}, {"Windows", "Windows"},
    {"Mac OS", "macOS"},  {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
};

static const char *
first_in(const char *text, const char *const (*names)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, names[i][0]))
			return names[i][1];
	return NULL;
}

void
device_name(const char *user_agent, char ret[static DEVICE_NAME_LEN])
{
	const char *text = user_agent ? user_agent : "";
	const char *browser = first_in(text, browsers, ARRAY_LEN(browsers));
	const char *system = first_in(text, systems, ARRAY_LEN(systems));
	snprintf(ret, DEVICE_NAME_LEN, "%s%s%s", browser ? browser : "", browser && system ? ", " : "",
	         system ? system : "");
}

void
coarse_address(const char *address, char ret[static COARSE_ADDRESS_LEN])
{
	unsigned char four[4], six[16];
	char text[INET6_ADDRSTRLEN];
	ret[0] = '\0';
	if (inet_pton(AF_INET, address, four) == 1) {
		snprintf(ret, COARSE_ADDRESS_LEN, "%u.%u.%u.0/24", four[0], four[1], four[2]);
	} else if (inet_pton(AF_INET6, address, six) == 1) {
		memset(six + 6, 0, 10);
		if (inet_ntop(AF_INET6, six, text, sizeof text))
			snprintf(ret, COARSE_ADDRESS_LEN, "%s/48", text);
	}
}
