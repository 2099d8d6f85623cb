#include "keys_in_flight.h"

#include <pthread.h>

#define BUCKETS 256

struct held {
	struct held *next;
	struct uuid user;
	char key[];
};
struct keys_in_flight {
	pthread_mutex_t lock;
	struct held *buckets[BUCKETS];
};

struct keys_in_flight *
keys_create(void)
{
	struct keys_in_flight *k = calloc(1, sizeof *k);
	if (!k)
		BUG("no memory for the keys in flight");
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void
keys_destroy(struct keys_in_flight **k)
{
	if (!*k)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while ((*k)->buckets[i]) {
			struct held *h = (*k)->buckets[i];
			(*k)->buckets[i] = h->next;
			free(h);
		}
	pthread_mutex_destroy(&(*k)->lock);
	free(*k);
	*k = NULL;
}

/* Where the key hangs, or where it would. FNV-1a; a chosen collision costs its chooser's own uploads. */
static struct held **
place(struct keys_in_flight *k, struct uuid user, const char *key)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < sizeof user.b; i++)
		h = (h ^ user.b[i]) * 16777619u;
	for (const char *c = key; *c; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	struct held **at = &k->buckets[h % BUCKETS];
	while (*at && !(uuid_equal((*at)->user, user) && strcmp((*at)->key, key) == 0))
		at = &(*at)->next;
	return at;
}

bool
keys_hold(struct keys_in_flight *k, struct uuid user, const char *key)
{
	pthread_mutex_lock(&k->lock);
	struct held **at = place(k, user, key);
	bool is_free = !*at;
	if (is_free) {
		size_t n = strlen(key) + 1;
		struct held *h = malloc(sizeof *h + n);
		if (!h)
			BUG("no memory for a key in flight");
		*h = (struct held){.user = user};
		memcpy(h->key, key, n);
		*at = h;
	}
	pthread_mutex_unlock(&k->lock);
	return is_free;
}

void
keys_let_go(struct keys_in_flight *k, struct uuid user, const char *key)
{
	pthread_mutex_lock(&k->lock);
	struct held **at = place(k, user, key);
	if (*at) {
		struct held *h = *at;
		*at = h->next;
		free(h);
	}
	pthread_mutex_unlock(&k->lock);
}
