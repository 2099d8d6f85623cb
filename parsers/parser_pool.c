/* The pool: a keeper thread has parsers born and keeps some warm; callers take one, talk to it on their
 * own thread and bury it. All state stands under one lock; nothing slow happens inside it. */
#include "clock.h"
#include "file_name.h"
#include "memory_watch.h"
#include "nursery.h"
#include "own.h"
#include "parser_process.h"
#include "program.h"
#include "wire.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#define WARM_MAX     64
#define POLL_MS      200 /* between two looks at keep_going() */
#define PATIENCE     4   /* times a page's time, by the clock, while others hold the processors */
#define GRACE_MS     1000
#define GOODBYE_MS   2000 /* a parser that has said DONE ends within */
#define RESTART_MS   1000 /* after a parser did not come up */
#define START_TRIES  3    /* that fail before one who waits is told: busy is not broken */
#define PICTURES_MAX 20002
#define PROGRAM      "docket-parse"

struct parser_pool {
	struct parser_options o;
	char *program, *languages, *engine;
	pthread_t keeper;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct parser_process warm[WARM_MAX];
	int32_t n_warm, running, waiting;
	uint32_t condemned;       /* nurseries up to this one: a parser of theirs died of its document */
	struct why start_failure; /* the keeper's last, "" while all is well */
	uint64_t n_failures;      /* of starts */
	struct parser_stats stats;
};

/* ---- the keeper ---- */

static void
wait_until(struct parser_pool *p, int64_t ms)
{
	(void)clock_cond_wait(&p->changed, &p->lock, clock_steady_ms() + ms);
}

/* Those who wait need one each, whatever `warm` says. */
static bool
wants_more(const struct parser_pool *p)
{
	int32_t want = p->o.warm > p->waiting ? p->o.warm : p->waiting;
	return !p->stopping && p->n_warm < want && p->n_warm < WARM_MAX;
}

/* After a start that failed, whoever comes or goes meanwhile. */
static void
rest(struct parser_pool *p)
{
	int64_t until = clock_steady_ms() + RESTART_MS, left = RESTART_MS;
	for (; left > 0 && !p->stopping; left = until - clock_steady_ms())
		wait_until(p, left);
}

/* One that was just born, or why there is none. */
static void
note_birth(struct parser_pool *p, enum err e, struct parser_process *fresh, const struct why *why)
{
	p->start_failure = *why;
	if (e != ERR_NONE) {
		p->stats.not_started++;
		p->n_failures++;
	} else {
		p->start_failure.text[0] = '\0';
		p->stats.sandbox = fresh->sandbox;
		if (fresh->nursery <= p->condemned) /* meanwhile */
			parser_process_end(fresh, 0);
		else
			p->warm[p->n_warm++] = *fresh;
	}
	pthread_cond_broadcast(&p->changed);
}

static void *
keep(void *arg)
{
	struct parser_pool *p = arg;
	struct nurseries nurseries = NURSERIES(&p->o, p->program);
	pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		if (!wants_more(p)) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		uint32_t condemned = p->condemned;
		pthread_mutex_unlock(&p->lock);
		struct parser_process fresh = PARSER_PROCESS_NONE;
		struct why why = {""};
		enum err e = nurseries_bear(&nurseries, condemned, &fresh, &why);
		pthread_mutex_lock(&p->lock);
		p->stats.nurseries = nurseries.started;
		note_birth(p, e, &fresh, &why);
		if (e != ERR_NONE)
			rest(p);
	}
	pthread_mutex_unlock(&p->lock);
	/* Here, as parsers die with the thread that started them. */
	for (int32_t i = 0; i < p->n_warm; i++)
		parser_process_end(&p->warm[i], 0);
	nurseries_end(&nurseries);
	return NULL;
}

/* ---- starting and stopping ---- */

static void
pool_free(struct parser_pool *p)
{
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->changed);
	free(p->program);
	free(p->languages);
	free(p->engine);
	free(p);
}

enum err
parser_pool_start(const struct parser_options *o, struct parser_pool **ret, struct why *why)
{
	struct parser_pool *p = calloc(1, sizeof *p);
	if (!p)
		BUG("no memory for the pool");
	p->o = *o;
	p->program = o->program ? strdup(o->program) : program_beside_us(PROGRAM);
	p->languages = strdup(o->languages);
	if (!p->program || !p->languages)
		BUG("no memory for the pool");
	p->o.languages = p->languages;
	if (o->engine && !(p->engine = strdup(o->engine)))
		BUG("no memory for the pool");
	p->o.engine = p->engine;
	p->o.max_unpacked = o->max_unpacked ? o->max_unpacked : (int64_t)GIB;
	p->o.max_entries = o->max_entries ? o->max_entries : 1000;
	p->o.max_ratio = o->max_ratio ? o->max_ratio : 200;
	p->o.max_nesting = o->max_nesting ? o->max_nesting : 200;
	p->o.max_running = o->max_running > 0 ? o->max_running : 1;
	p->o.threads = o->threads > 0 ? o->threads : 1;
	pthread_mutex_init(&p->lock, NULL);
	clock_cond_init(&p->changed);
	/* The first one is awaited, even where none is kept warm: what cannot start is known at once. */
	p->waiting = 1;
	int e = pthread_create(&p->keeper, NULL, keep, p);
	if (e != 0) {
		pool_free(p);
		return fail(why, ERR_BROKEN, "a thread for the parsers: %s", strerror(e));
	}
	pthread_mutex_lock(&p->lock);
	while (p->n_warm == 0 && !p->start_failure.text[0])
		pthread_cond_wait(&p->changed, &p->lock);
	p->waiting = 0;
	bool up = p->n_warm > 0;
	struct why reason = p->start_failure;
	pthread_mutex_unlock(&p->lock);
	if (!up) {
		parser_pool_stop(&p);
		return fail(why, ERR_BROKEN, "%s", reason.text);
	}
	*ret = p;
	return ERR_NONE;
}

void
parser_pool_stop(struct parser_pool **pool)
{
	struct parser_pool *p = *pool;
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->changed);
	while (p->running > 0) /* each looks up several times a second */
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->keeper, NULL);
	pool_free(p);
	*pool = NULL;
}

void
parser_pool_stats(struct parser_pool *p, struct parser_stats *ret)
{
	pthread_mutex_lock(&p->lock);
	*ret = p->stats;
	ret->warm = p->n_warm;
	ret->busy = p->running;
	pthread_mutex_unlock(&p->lock);
}

/* ---- one document ---- */

struct talk {
	struct parser_pool *pool;
	struct parser_process parser;
	const struct parse_events *events;
	int64_t deadline_ms;
	int64_t page_begun_ms, page_cpu_ms; /* the clock then, and what the parser had used */
	int32_t at_once;                    /* pages */
	bool begun;
	int32_t pages_done, pages_total, pictures, attachments;
	uint64_t attached_bytes;
};

static enum err
may_go_on(const struct talk *t, struct why *why)
{
	pthread_mutex_lock(&t->pool->lock);
	bool stopping = t->pool->stopping;
	pthread_mutex_unlock(&t->pool->lock);
	if (stopping)
		return fail(why, ERR_STOPPING, "the parsers are stopping");
	if (t->events && t->events->keep_going)
		return t->events->keep_going(t->events->arg, why);
	return ERR_NONE;
}

/* Those that have been dead for a while (somebody's kill -9): no document is to pay for that. */
static void
bury_dead(struct parser_pool *p)
{
	int32_t kept = 0;
	for (int32_t i = 0; i < p->n_warm; i++) {
		if (parser_process_ended(&p->warm[i])) {
			parser_process_end(&p->warm[i], 0);
			p->stats.not_started++;
		} else {
			p->warm[kept++] = p->warm[i];
		}
	}
	if (kept < p->n_warm)
		pthread_cond_broadcast(&p->changed);
	p->n_warm = kept;
}

static bool
none_is_free(struct parser_pool *p)
{
	if (p->running >= p->o.max_running)
		return true;
	bury_dead(p);
	return p->n_warm == 0;
}

/* A warm parser and the right to run it. */
static enum err
take_parser(struct talk *t, struct why *why)
{
	struct parser_pool *p = t->pool;
	enum err e = ERR_NONE;
	pthread_mutex_lock(&p->lock);
	uint64_t failed_before = p->n_failures;
	p->waiting++;
	pthread_cond_broadcast(&p->changed);
	while (none_is_free(p)) {
		wait_until(p, POLL_MS);
		pthread_mutex_unlock(&p->lock);
		e = may_go_on(t, why);
		if (e == ERR_NONE && clock_steady_ms() >= t->deadline_ms)
			e = fail(why, ERR_DEADLINE, "no parser was free in time");
		pthread_mutex_lock(&p->lock);
		if (e == ERR_NONE && p->n_warm == 0 && p->running == 0 && p->start_failure.text[0] &&
		    p->n_failures >= failed_before + START_TRIES)
			e = fail(why, ERR_BROKEN, "%s", p->start_failure.text);
		if (e != ERR_NONE)
			break;
	}
	p->waiting--;
	if (e == ERR_NONE) {
		t->parser = p->warm[0];
		p->n_warm--;
		memmove(p->warm, p->warm + 1, (size_t)p->n_warm * sizeof p->warm[0]);
		p->running++;
		/* Beside other documents a page at a time: nobody waits for another's hundred pages. */
		t->at_once = p->running < p->o.threads ? p->o.threads + 1 - p->running : 1;
	}
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	return e;
}

static void
give_back_slot(struct parser_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->running--;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

/* Sealed against change and as long as it says: what is checked stays what is used. */
static enum err
check_sealed(int fd, uint64_t size, struct why *why)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & (F_SEAL_WRITE | F_SEAL_SHRINK)) != (F_SEAL_WRITE | F_SEAL_SHRINK))
		return fail(why, ERR_BAD_DOCUMENT, "a descriptor that is not sealed memory");
	if (fstat(fd, &st) != 0 || (uint64_t)st.st_size != size)
		return fail(why, ERR_BAD_DOCUMENT, "memory of another size than announced");
	return ERR_NONE;
}

static void
begin_page(struct talk *t)
{
	t->page_begun_ms = clock_steady_ms();
	t->page_cpu_ms = parser_process_cpu_ms(&t->parser);
}

/* A page has its time of the processors. Where others hold them, that is more by the clock; a parser that
 * waits for something itself does not wait for ever. A little longer than its own patience, so that it may
 * say so itself. */
static bool
page_is_over(const struct talk *t, int64_t now)
{
	int64_t took = now - t->page_begun_ms - GRACE_MS, time = t->pool->o.page_time_ms;
	if (took < time)
		return false;
	return took >= PATIENCE * time || parser_process_cpu_ms(&t->parser) - t->page_cpu_ms >= time;
}

static enum err
on_progress(struct talk *t, const struct wire_parse_progress *m, struct why *why)
{
	/* First how many there are, then each page once: what is told goes to storage, and buys time. */
	bool next = t->begun
	                ? (int32_t)m->pages_done > t->pages_done && (int32_t)m->pages_total == t->pages_total
	                : m->pages_done == 0;
	if (!next || m->pages_done > m->pages_total || m->pages_total > (uint32_t)t->pool->o.max_pages)
		return fail(why, ERR_BAD_DOCUMENT, "page %u of %u", m->pages_done, m->pages_total);
	if (t->begun)
		begin_page(t);
	t->begun = true;
	t->pages_done = (int32_t)m->pages_done;
	t->pages_total = (int32_t)m->pages_total;
	if (!t->events || !t->events->progress)
		return ERR_NONE;
	return t->events->progress(t->events->arg, t->pages_done, t->pages_total, why);
}

static enum err
on_picture(struct talk *t, const struct wire_parse_picture *m, int fd, struct why *why)
{
	TRY(check_sealed(fd, m->size, why));
	if (m->page < 1 || m->page > (uint32_t)t->pages_total || m->width > 16384 || m->height > 16384 ||
	    ++t->pictures > PICTURES_MAX)
		return fail(why, ERR_BAD_DOCUMENT, "a picture of page %u, %u x %u", m->page, m->width,
		            m->height);
	if (!t->events || !t->events->picture)
		return ERR_NONE;
	return t->events->picture(t->events->arg, (int32_t)m->page, (int32_t)m->width, (int32_t)m->height,
	                          m->thumbnail != 0, fd, m->size, why);
}

static enum err
on_attachment(struct talk *t, const struct wire_parse_attachment *m, int fd, struct why *why)
{
	OWNED(arena_destroy) struct arena *mem = arena_create("name", 4 * KIB);
	TRY(check_sealed(fd, m->size, why));
	t->attached_bytes += m->size;
	if (++t->attachments > t->pool->o.max_attachments || m->size == 0 ||
	    t->attached_bytes > (uint64_t)t->pool->o.max_unpacked)
		return fail(why, ERR_BAD_DOCUMENT, "%d attachments of %llu bytes", t->attachments,
		            (unsigned long long)t->attached_bytes);
	if (!t->events || !t->events->attachment)
		return ERR_NONE;
	const char *name = clean_file_name(mem, m->name);
	return t->events->attachment(t->events->arg, name ? name : "attachment", fd, m->size, why);
}

/* What a document may be at fault for. All else is not a parser's to say: a document that took it over would
 * have itself read for ever (ERR_SOURCE), or told as somebody else's fault. */
static const enum err parsers_own[] = {
    ERR_UNSUPPORTED_TYPE, ERR_TOO_BIG,        ERR_EMPTY_FILE,    ERR_CORRUPT_FILE,   ERR_ENCRYPTED,
    ERR_TOO_MANY_PAGES,   ERR_PAGE_TOO_LARGE, ERR_DOCUMENT_BOMB, ERR_PARSER_TIMEOUT, ERR_PARSER_MEMORY,
};

static enum err
on_failed(const struct wire_parse_failed *m, struct why *why)
{
	enum err e;
	char detail[sizeof m->detail];
	size_t n = 0;
	for (const char *p = m->detail; *p; p++) /* a stranger's line for the log */
		detail[n++] = *p >= 0x20 && *p < 0x7F ? *p : '?';
	detail[n] = '\0';
	if (err_from_code(m->code, &e)) {
		for (size_t i = 0; i < ARRAY_LEN(parsers_own); i++)
			if (parsers_own[i] == e)
				return fail(why, e, "%s", detail);
	}
	return fail(why, ERR_PARSER_CRASHED, "the parser gave up: %.160s", detail);
}

/* ERR_BROKEN: the parser is gone, and its end tells why. */
static enum err
converse(struct talk *t, struct parse_result *ret, bool *ret_finished, struct why *why)
{
	for (;;) {
		struct wire_message m;
		int64_t now = clock_steady_ms();
		int64_t left = t->deadline_ms - now;
		if (left <= 0 || page_is_over(t, now))
			return fail(why, ERR_PARSER_TIMEOUT, "page %d took longer than it may",
			            t->pages_done + 1);
		enum err e = wire_receive(t->parser.socket, left < POLL_MS ? left : POLL_MS, &m, why);
		if (e == ERR_DEADLINE) {
			TRY(may_go_on(t, why));
			continue;
		}
		TRY(e);
		OWNED(fd_close) int fd = m.fd;
		switch (m.type) {
		case WIRE_PARSE_PROGRESS:
			TRY(on_progress(t, &m.parse_progress, why));
			TRY(may_go_on(t, why));
			break;
		case WIRE_PARSE_PICTURE:
			TRY(on_picture(t, &m.parse_picture, fd, why));
			break;
		case WIRE_PARSE_ATTACHMENT:
			TRY(on_attachment(t, &m.parse_attachment, fd, why));
			break;
		case WIRE_PARSE_DONE:
			TRY(check_sealed(fd, m.parse_done.size, why));
			*ret_finished = true;
			ret->json_len = m.parse_done.size;
			ret->json_fd = TAKE_FD(fd);
			return ERR_NONE;
		case WIRE_PARSE_FAILED:
			*ret_finished = true;
			return on_failed(&m.parse_failed, why);
		default:
			return fail(why, ERR_BAD_DOCUMENT, "%s out of turn", wire_name(m.type));
		}
	}
}

/* What the end of a parser that did not finish says about the document. */
static enum err
verdict(const struct parser_end *end, struct why *why)
{
	if (end->exited && end->code == PARSER_EXIT_MEMORY)
		return fail(why, ERR_PARSER_MEMORY, "an allocation was refused");
	if (!end->exited && end->code == SIGXCPU)
		return fail(why, ERR_PARSER_TIMEOUT, "the parser used up its CPU time");
	if (end->exited)
		return fail(why, ERR_PARSER_CRASHED, "the parser ended with code %d", end->code);
	return fail(why, ERR_PARSER_CRASHED, "the parser died of %s", strsignal(end->code));
}

/* A document may have died of what it guessed of its parser's memory: nobody else is read in the same. */
static void
condemn(struct parser_pool *p, uint32_t nursery)
{
	struct parser_process gone[WARM_MAX];
	int32_t n_gone = 0, kept = 0;
	pthread_mutex_lock(&p->lock);
	if (p->condemned < nursery)
		p->condemned = nursery;
	for (int32_t i = 0; i < p->n_warm; i++) {
		if (p->warm[i].nursery <= p->condemned)
			gone[n_gone++] = p->warm[i];
		else
			p->warm[kept++] = p->warm[i];
	}
	p->n_warm = kept;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	while (n_gone > 0)
		parser_process_end(&gone[--n_gone], 0);
}

static void
count(struct parser_pool *p, enum err e, uint32_t nursery)
{
	bool crashed = e == ERR_PARSER_CRASHED || e == ERR_BAD_DOCUMENT;
	bool timed_out = e == ERR_PARSER_TIMEOUT, out_of_memory = e == ERR_PARSER_MEMORY;
	pthread_mutex_lock(&p->lock);
	p->stats.parsed += e == ERR_NONE;
	p->stats.crashed += crashed;
	p->stats.timed_out += timed_out;
	p->stats.out_of_memory += out_of_memory;
	pthread_mutex_unlock(&p->lock);
	if (crashed || timed_out || out_of_memory)
		condemn(p, nursery);
}

static enum err
parse_with(struct talk *t, int document, uint64_t size, struct parse_result *ret, struct why *why)
{
	const struct parser_options *o = &t->pool->o;
	bool attachments = t->events && t->events->attachment;
	struct wire_message m = {
	    .type = WIRE_PARSE_REQUEST,
	    .fd = document,
	    .parse_request = {.size = size,
	                      .max_unpacked = (uint64_t)o->max_unpacked,
	                      .max_pages = (uint32_t)o->max_pages,
	                      .max_megapixels = (uint32_t)o->max_megapixels,
	                      .max_entries = (uint32_t)o->max_entries,
	                      .max_ratio = (uint32_t)o->max_ratio,
	                      .max_nesting = (uint32_t)o->max_nesting,
	                      .max_attachments = attachments ? (uint32_t)o->max_attachments : 0,
	                      .page_time_ms = (uint32_t)(PATIENCE * o->page_time_ms),
	                      .at_once = (uint32_t)t->at_once,
	                      .pictures = t->events && t->events->picture}};
	bool finished = false;
	enum err e = wire_send(t->parser.socket, &m, why);
	begin_page(t);
	if (e == ERR_NONE)
		e = converse(t, ret, &finished, why);
	struct parser_end end = parser_process_end(&t->parser, finished || e == ERR_BROKEN ? GOODBYE_MS : 0);
	ret->cpu_ms = end.cpu_ms;
	ret->peak_rss_kib = end.peak_rss_kib;
	return e == ERR_BROKEN && !finished ? verdict(&end, why) : e;
}

enum err
parser_parse(struct parser_pool *p, int document, uint64_t size, int64_t deadline_ms,
             const struct parse_events *events, struct parse_result *ret, struct why *why)
{
	struct talk t = {
	    .pool = p, .parser = PARSER_PROCESS_NONE, .events = events, .deadline_ms = deadline_ms};
	if (size == 0)
		return fail(why, ERR_EMPTY_FILE, "no bytes");
	TRY(take_parser(&t, why));
	int64_t begun = clock_steady_ms();
	struct parse_result r = {.json_fd = -1};
	enum err e = parse_with(&t, document, size, &r, why);
	r.wall_ms = clock_steady_ms() - begun;
	count(p, e, t.parser.nursery);
	give_back_slot(p);
	if (e == ERR_NONE)
		*ret = r;
	return e;
}
