/* header_values.h: the small grammars inside HTTP headers. Pure functions on hostile text. */
#ifndef DOCKET_HEADER_VALUES_H
#define DOCKET_HEADER_VALUES_H

#include "arena.h"
#include "err.h"

#include <stdint.h>

/* The parameter `name` of a header such as `form-data; name="file"; filename*=UTF-8''a%20b`, decoded.
 * The starred form wins. False when it is absent; what does not fit into `cap` is cut. */
bool header_parameter(const char *header, const char *name, char *ret, size_t cap);

/* The value of a cookie. False when it is absent or does not fit: a cut token is none. */
bool cookie_value(const char *header, const char *name, char *ret, size_t cap);

/* Does If-None-Match name this ETag (with its quotes)? Weak comparison, lists and "*" as RFC 9110. */
bool etag_matches(const char *header, const char *etag);

/* Does Accept-Encoding name this coding, and not with a weight of zero? Without the header: no. "*" is left
 * alone: whoever wants a coding names it. */
bool coding_accepted(const char *header, const char *coding);

/* Of the languages that Accept-Language names, the first that we speak: "en" or "ru"; "en" when it names
 * neither. Browsers name them in the order of their liking, and the app itself goes by that order. */
const char *language_accepted(const char *header);

/* Range: bytes=... over `size` bytes. */
enum range { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE };
/* One satisfiable range: its first byte and length. What is not understood, and several ranges at
 * once, mean the whole, as RFC 9110 allows. `header` may be NULL. */
enum range range_parse(const char *header, uint64_t size, uint64_t *ret_first, uint64_t *ret_len);

/* Content-Disposition: attachment, as RFC 6266: a plain name for the old, UTF-8 for the rest.
 * NULL at the arena's ceiling. `name` may be NULL. */
const char *attachment_header(struct arena *mem, const char *name) MUST_CHECK;

/* Is `origin` ("https://docket.example:8443") the address the request came to? `public_url` may be
 * "": then `host` is all we know. */
bool origin_is_ours(const char *origin, const char *host, const char *public_url);

/* 1 to 64 characters A-Z a-z 0-9 . _ - */
bool request_id_ok(const char *s);

/* What one party holds of addresses: of IPv6 the /64, as every host has 2^64 of its own; of IPv4, also where
 * it is written as IPv6, the address. With a port or without; what is no address stays as it is. */
#define NETWORK_LEN 64
void address_network(const char *address, char ret[static NETWORK_LEN]);

/* A decimal number of at most 18 digits and nothing else. */
bool number_parse(const char *s, int64_t *ret);

#endif
