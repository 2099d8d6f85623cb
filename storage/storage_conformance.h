/* storage_conformance.h: what every driver behind storage.h must do, written against the door alone.
 *
 * A driver's test gives it a place to open and runs storage_conformance(); nothing in it knows SQL. */
#ifndef DOCKET_STORAGE_CONFORMANCE_H
#define DOCKET_STORAGE_CONFORMANCE_H

#include "storage.h"

struct conformance_place {
	/* Fills the two URLs of a new, empty place; they stay valid until the process ends. */
	void (*make)(const char **storage_url, const char **blobs_url);
	/* Makes the tables of a new one sooner than opening it would; NULL: opening it does. */
	void (*put_tables)(const char *storage_url);
	/* Other processes may be at it too, so that opening it must not touch what somebody holds. */
	bool shared;
	bool pooler; /* behind one, in transaction mode */
};

/* The number of failed tests. */
int storage_conformance(const struct conformance_place *place);

#endif
