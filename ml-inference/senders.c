#include "senders.h"

#include "json_own.h"
#include "own.h"
#include "text.h"

#define KEY_LEN     400
#define MAX_SENDERS 20000
#define OFTEN       2
#define CLEAN       0.9 /* who asks for more likeness than this reads no misread digits */

struct spelling {
	char *text, *key;
	size_t key_len;
	unsigned times;
};
struct list {
	struct spelling *s; /* sorted by key, then text, after every change */
	size_t n, cap;
};
struct home {
	char *name_key, *address, *address_key;
	size_t key_len; /* of the address */
};
struct senders {
	struct list part[SENDER_PARTS];
	struct home *homes; /* as they were added */
	size_t n_homes, cap_homes;
};

struct senders *
senders_new(void)
{
	struct senders *s = calloc(1, sizeof *s);
	if (!s)
		BUG("no memory for senders");
	return s;
}

void
senders_free(struct senders **s)
{
	if (!*s)
		return;
	for (int p = 0; p < SENDER_PARTS; p++) {
		for (size_t i = 0; i < (*s)->part[p].n; i++) {
			free((*s)->part[p].s[i].text);
			free((*s)->part[p].s[i].key);
		}
		free((*s)->part[p].s);
	}
	for (size_t i = 0; i < (*s)->n_homes; i++) {
		free((*s)->homes[i].name_key);
		free((*s)->homes[i].address);
		free((*s)->homes[i].address_key);
	}
	free((*s)->homes);
	free(*s);
	*s = NULL;
}

static void
add_times(struct senders *s, enum sender_part part, const char *text, unsigned times)
{
	char key[KEY_LEN];
	struct list *l = &s->part[part];
	size_t k = text_key(text, strlen(text), key, sizeof key);
	if (k < 3 || l->n >= MAX_SENDERS)
		return;
	size_t at = 0;
	while (at < l->n) {
		int c = strcmp(l->s[at].key, key);
		if (c == 0)
			c = strcmp(l->s[at].text, text);
		if (c == 0) {
			l->s[at].times += times;
			return;
		}
		if (c > 0)
			break;
		at++;
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		struct spelling *n = realloc(l->s, l->cap * sizeof *n);
		if (!n)
			BUG("no memory for senders");
		l->s = n;
	}
	memmove(&l->s[at + 1], &l->s[at], (l->n - at) * sizeof *l->s);
	l->s[at] = (struct spelling){strdup(text), strdup(key), k, times};
	if (!l->s[at].text || !l->s[at].key)
		BUG("no memory for senders");
	l->n++;
}

void
senders_add(struct senders *s, enum sender_part part, const char *text)
{
	add_times(s, part, text, 1);
}

void
senders_add_home(struct senders *s, const char *name, const char *address)
{
	char name_key[KEY_LEN], key[KEY_LEN];
	size_t n = text_key(name, strlen(name), name_key, sizeof name_key),
	       k = text_key(address, strlen(address), key, sizeof key);
	if (n < 3 || k < 3 || s->n_homes >= MAX_SENDERS)
		return;
	for (size_t i = 0; i < s->n_homes; i++)
		if (strcmp(s->homes[i].name_key, name_key) == 0 && strcmp(s->homes[i].address_key, key) == 0)
			return;
	if (s->n_homes == s->cap_homes) {
		s->cap_homes = s->cap_homes ? 2 * s->cap_homes : 64;
		struct home *h = realloc(s->homes, s->cap_homes * sizeof *h);
		if (!h)
			BUG("no memory for senders");
		s->homes = h;
	}
	s->homes[s->n_homes] = (struct home){strdup(name_key), strdup(address), strdup(key), k};
	const struct home *h = &s->homes[s->n_homes++];
	if (!h->name_key || !h->address || !h->address_key)
		BUG("no memory for senders");
}

/* Letters the two may have in common, at best: cheap, and never too low. */
static double
similarity_bound(size_t a, size_t b)
{
	return 2.0 * (double)(a < b ? a : b) / (double)(a + b);
}

/* How many of a key's digits stand in the other, in order. */
static double
digits_alike(const char *a, const char *b)
{
	char x[KEY_LEN], y[KEY_LEN];
	size_t n = 0, m = 0;
	for (; *a; a++)
		if (text_is_digit(*a))
			x[n++] = *a;
	for (; *b; b++)
		if (text_is_digit(*b))
			y[m++] = *b;
	return n + m ? text_similarity(x, n, y, m) : 1;
}

/* Is one of the spellings of a key that of most papers which have the key? */
static bool
is_usual(const struct list *l, const struct spelling *c)
{
	unsigned times = 0;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->s[i].key, c->key) == 0)
			times += l->s[i].times;
	return c->times >= OFTEN && 2 * c->times > times;
}

const char *
senders_find(const struct senders *s, enum sender_part part, const char *text, double least,
             double *ret_similarity)
{
	char key[KEY_LEN];
	const struct list *l = &s->part[part];
	size_t k = text_key(text, strlen(text), key, sizeof key);
	const struct spelling *best = NULL;
	double best_q = least;
	for (size_t i = 0; i < l->n; i++) {
		const struct spelling *c = &l->s[i];
		if (similarity_bound(k, c->key_len) < best_q)
			continue;
		if (strcmp(c->text, text) == 0) {
			*ret_similarity = 1;
			return c->text;
		}
		double q = text_similarity(key, k, c->key, c->key_len);
		/* clean text is mended to what is often spelt so: a spelling seen once may be a misprint
		 * itself */
		if (least > CLEAN && q < 1 && c->times < OFTEN)
			continue;
		/* another number of the same street is another sender */
		if (part == SENDER_ADDRESS && q >= best_q &&
		    digits_alike(key, c->key) < (least > CLEAN ? 1 : least - 0.1))
			continue;
		if (q > best_q || (q == best_q && (!best || c->times > best->times))) {
			best = c;
			best_q = q;
		}
	}
	if (!best || (least > CLEAN && best_q >= 1 && !is_usual(l, best)))
		return NULL;
	*ret_similarity = best_q;
	return best->text;
}

#define HOME_LEAST 0.9 /* of likeness, and of its digits */

const char *
senders_home(const struct senders *s, const char *name, const char *text, double *ret_similarity)
{
	char name_key[KEY_LEN], key[KEY_LEN];
	text_key(name, strlen(name), name_key, sizeof name_key);
	size_t k = text_key(text, strlen(text), key, sizeof key);
	const struct home *best = NULL;
	double best_q = HOME_LEAST;
	for (size_t i = 0; i < s->n_homes; i++) {
		const struct home *h = &s->homes[i];
		if (strcmp(h->name_key, name_key) != 0)
			continue;
		double q = text_similarity(key, k, h->address_key, h->key_len);
		if (q >= 1)
			return NULL;
		if (q > best_q && digits_alike(key, h->address_key) >= HOME_LEAST) {
			best = h;
			best_q = q;
		}
	}
	if (best)
		*ret_similarity = best_q;
	return best ? best->address : NULL;
}

json_t *
senders_json(const struct senders *s)
{
	static const char *const names[] = {"names", "addresses"};
	json_t *o = json_object();
	for (int p = 0; p < SENDER_PARTS; p++) {
		json_t *a = json_array();
		for (size_t i = 0; i < s->part[p].n; i++)
			json_array_append_new(
			    a, json_pack("[s, i]", s->part[p].s[i].text, (int)s->part[p].s[i].times));
		json_object_set_new(o, names[p], a);
	}
	json_t *homes = json_array();
	for (size_t i = 0; i < s->n_homes; i++)
		json_array_append_new(homes, json_pack("[s, s]", s->homes[i].name_key, s->homes[i].address));
	json_object_set_new(o, "homes", homes);
	return o;
}

enum err
senders_from_json(const json_t *j, struct senders **ret, struct why *why)
{
	static const char *const names[] = {"names", "addresses"};
	OWNED(senders_free) struct senders *s = senders_new();
	for (int p = 0; p < SENDER_PARTS; p++) {
		const json_t *a = json_object_get(j, names[p]);
		size_t n = json_array_size(a);
		for (size_t i = 0; i < n; i++) {
			const json_t *e = json_array_get(a, i);
			const char *t = json_string_value(json_array_get(e, 0));
			json_int_t times = json_integer_value(json_array_get(e, 1));
			if (!t || times < 1 || times > 1000000)
				return fail(why, ERR_SCHEMA, "senders: entry %zu of %s is no [text, times]",
				            i, names[p]);
			add_times(s, (enum sender_part)p, t, (unsigned)times);
		}
	}
	const json_t *homes = json_object_get(j, "homes");
	for (size_t i = 0; i < json_array_size(homes); i++) {
		const json_t *e = json_array_get(homes, i);
		const char *name = json_string_value(json_array_get(e, 0)),
		           *address = json_string_value(json_array_get(e, 1));
		if (!name || !address)
			return fail(why, ERR_SCHEMA, "senders: entry %zu of homes is no [name, address]", i);
		senders_add_home(s, name, address);
	}
	*ret = TAKE(s);
	return ERR_NONE;
}
