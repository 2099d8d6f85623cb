/* server.h: the running service, as its own files see it. */
#ifndef DOCKET_SERVER_H
#define DOCKET_SERVER_H

#include "blocking_pool.h"
#include "body_stream.h"
#include "job_waiters.h"
#include "keys_in_flight.h"
#include "observe.h"
#include "rate_limits.h"
#include "request.h"

#include <stdatomic.h>

struct api {
	struct api_options options;
	const struct settings *settings;
	struct log *log;
	struct MHD_Daemon *daemon;
	int port;
	int door; /* the listening socket, once nobody new comes in; -1 before */
	struct blocking_pool *blocking, *hashing;
	struct job_waiters *waiters;
	struct body_streams *streams;
	struct slow_readers *readers;
	struct keys_in_flight *keys;
	struct rate_limits *rates;
	atomic_int running; /* requests between their first header and the end of their answer */
	atomic_bool stopping, draining;
	bool secure; /* people come by https */
};

bool api_is_secure(const struct api *a);

#endif
