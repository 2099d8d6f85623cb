#include "uuid.h"

#include "clock.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

void
random_bytes(void *p, size_t n)
{
	char *at = p;
	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			BUG("the kernel gives no random bytes: %s", strerrordesc_np(errno));
		at += got;
		n -= (size_t)got;
	}
}

uint64_t
random_below(uint64_t bound)
{
	if (bound == 0)
		BUG("random_below(0)");
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound, v;
	do
		random_bytes(&v, sizeof v);
	while (v >= limit);
	return v % bound;
}

struct uuid
uuid_new(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int64_t last_ms;
	static unsigned counter;

	struct uuid u;
	random_bytes(u.b, sizeof u.b);

	pthread_mutex_lock(&lock);
	int64_t ms = clock_wall_ms();
	if (ms > last_ms) {
		last_ms = ms;
		counter = u.b[6] & 0x07u; /* a random start, with room to count up */
	} else if (++counter > 0xFFF) {
		last_ms++; /* more than 4096 in one millisecond: borrow from the next */
		counter = 0;
	}
	ms = last_ms;
	unsigned n = counter;
	pthread_mutex_unlock(&lock);

	for (int i = 0; i < 6; i++)
		u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	u.b[6] = (uint8_t)(0x70 | n >> 8);
	u.b[7] = (uint8_t)n;
	u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3F));
	return u;
}

bool
uuid_is_nil(struct uuid u)
{
	return uuid_equal(u, (struct uuid){{0}});
}

bool
uuid_equal(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof a.b) == 0;
}

void
uuid_text(struct uuid u, char ret[static UUID_TEXT_LEN])
{
	static const char digits[] = "0123456789abcdef";
	char *p = ret;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[u.b[i] >> 4];
		*p++ = digits[u.b[i] & 15];
	}
	*p = '\0';
}

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hex_parse(const char *s, uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(s[2 * i]);
		int lo = hi < 0 ? -1 : hex_digit(s[2 * i + 1]);
		if (lo < 0)
			return false;
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return s[2 * n] == '\0';
}

void
hex_text(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 15];
	}
	ret[2 * n] = '\0';
}

bool
uuid_parse(const char *s, struct uuid *ret)
{
	char plain[33];
	size_t n = 0;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (s[i] == '\0' || (s[i] == '-') != dash)
			return false;
		if (!dash)
			plain[n++] = s[i];
	}
	plain[32] = '\0';
	struct uuid u;
	if (s[36] != '\0' || !hex_parse(plain, u.b, sizeof u.b))
		return false;
	*ret = u;
	return true;
}
