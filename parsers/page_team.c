#include "page_team.h"

#include "own.h"

#include <pthread.h>
#include <sys/resource.h>

#define NICENESS 5
/* Pages that wait for one before them to be told, and those in hand. */
#define AHEAD(at_once) (2 * (at_once))
#define STACK          (8 * MIB) /* as large as the first thread's usually is */

struct outcome {
	bool there;
	enum err e;
	struct why why;
};

struct page_team {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t threads[TEAM_MOST];
	int32_t n_threads, n_up;
	bool stopping;
	/* the run */
	const struct page_work *work; /* NULL: none */
	int32_t at_once, inside;      /* threads that are welcome, and that have come */
	int32_t next, first;          /* page to open, page to tell */
	int32_t reading;
	bool opening, telling;
	bool failed; /* a page has: none after it is opened */
	enum err e;  /* of the first page that has, once it is its turn */
	struct why why;
	struct outcome outcomes[AHEAD(TEAM_MOST)]; /* page i's at i modulo their number */
};

static struct outcome *
outcome_of(struct page_team *t, int32_t page)
{
	return &t->outcomes[page % (int32_t)ARRAY_LEN(t->outcomes)];
}

/* Each of these is called, and returns, with the lock held; it is let go for the work itself. */

static void
note(struct page_team *t, int32_t page, enum err e, const struct why *why)
{
	*outcome_of(t, page) = (struct outcome){true, e, *why};
	t->failed |= e != ERR_NONE;
}

static void
tell_what_is_due(struct page_team *t)
{
	if (t->telling)
		return; /* whoever does will see it */
	t->telling = true;
	for (struct outcome *o; t->e == ERR_NONE && (o = outcome_of(t, t->first))->there; t->first++) {
		struct why why = o->why;
		enum err e = o->e;
		o->there = false;
		if (e == ERR_NONE) {
			pthread_mutex_unlock(&t->lock);
			e = t->work->tell(t->work->arg, t->first, &why);
			pthread_mutex_lock(&t->lock);
		}
		t->e = e;
		t->why = why;
		t->failed |= e != ERR_NONE;
	}
	t->telling = false;
}

/* The next page, from its opening to its end. A large one keeps others from being opened until it is read. */
static void
one_page(struct page_team *t)
{
	const struct page_work *w = t->work;
	struct why why = {""};
	int64_t pixels = 0;
	int32_t page = t->next++;
	t->opening = true;
	pthread_mutex_unlock(&t->lock);
	enum err e = w->open(w->arg, page, &pixels, &why);
	pthread_mutex_lock(&t->lock);
	bool large = pixels > TEAM_LARGE;
	while (large && t->reading > 0)
		pthread_cond_wait(&t->changed, &t->lock);
	t->opening = large;
	t->reading++;
	pthread_cond_broadcast(&t->changed);
	if (e == ERR_NONE) {
		pthread_mutex_unlock(&t->lock);
		e = w->read(w->arg, page, &why);
		pthread_mutex_lock(&t->lock);
	}
	t->reading--;
	t->opening = large ? false : t->opening;
	note(t, page, e, &why);
	tell_what_is_due(t);
	pthread_cond_broadcast(&t->changed);
}

static void
take_part(struct page_team *t)
{
	t->inside++;
	while (!t->failed && t->next < t->work->n_pages) {
		if (t->opening || t->next - t->first >= AHEAD(t->at_once))
			pthread_cond_wait(&t->changed, &t->lock);
		else
			one_page(t);
	}
	t->inside--;
	pthread_cond_broadcast(&t->changed);
}

static void *
help(void *arg)
{
	struct page_team *t = arg;
	(void)!setpriority(PRIO_PROCESS, 0, NICENESS); /* of this thread alone */
	pthread_mutex_lock(&t->lock);
	t->n_up++;
	pthread_cond_broadcast(&t->changed);
	while (!t->stopping) {
		if (t->work && !t->failed && t->next < t->work->n_pages && t->inside < t->at_once)
			take_part(t);
		else
			pthread_cond_wait(&t->changed, &t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

enum err
page_team_start(int32_t helpers, struct page_team **ret, struct why *why)
{
	struct page_team *t = calloc(1, sizeof *t);
	pthread_attr_t attr;
	if (!t)
		BUG("no memory for a team");
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	int e = 0;
	while (e == 0 && t->n_threads < helpers && t->n_threads < TEAM_MOST - 1) {
		e = pthread_create(&t->threads[t->n_threads], &attr, help, t);
		t->n_threads += e == 0;
	}
	pthread_attr_destroy(&attr);
	pthread_mutex_lock(&t->lock);
	while (t->n_up < t->n_threads) /* what they do first may soon be forbidden */
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
	if (e != 0) {
		page_team_stop(&t);
		return fail(why, ERR_BROKEN, "a thread to read pages: %s", strerror(e));
	}
	*ret = t;
	return ERR_NONE;
}

void
page_team_stop(struct page_team **team)
{
	struct page_team *t = *team;
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	for (int32_t i = 0; i < t->n_threads; i++)
		pthread_join(t->threads[i], NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
	*team = NULL;
}

enum err
page_team_run(struct page_team *t, const struct page_work *w, int32_t at_once, struct why *why)
{
	pthread_mutex_lock(&t->lock);
	t->work = w;
	t->at_once = at_once < 1 ? 1 : at_once < TEAM_MOST ? at_once : TEAM_MOST;
	t->next = t->first = 0;
	t->failed = false;
	t->e = ERR_NONE;
	memset(t->outcomes, 0, sizeof t->outcomes);
	pthread_cond_broadcast(&t->changed);
	take_part(t);
	/* What was opened is read to its end, as it stands on what is the caller's. */
	while (t->inside > 0)
		pthread_cond_wait(&t->changed, &t->lock);
	t->work = NULL;
	enum err e = t->e;
	if (e != ERR_NONE)
		*why = t->why;
	pthread_mutex_unlock(&t->lock);
	return e;
}
