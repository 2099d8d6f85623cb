#include "shadow.h"

#include "buf.h"
#include "json_own.h"
#include "own.h"

#include <pthread.h>

struct shadow {
	struct model *model;
	struct log *log;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool stopping;
	/* the paper that waits; NULL: none */
	char *document;
	size_t len;
	json_t *answer;
	char job_id[64];
};

static void
compare(struct shadow *s, const char *document, size_t n, const json_t *answer, const char *job_id)
{
	struct why why = {""};
	OWNED(json_release) json_t *own = NULL;
	enum err e = model_predict(s->model, document, n, &own, &why);
	if (e != ERR_NONE) {
		metric_add(METRIC_SHADOW, "failed", NULL, 1);
		log_event(s->log, LOG_WARN, "inference.shadow_failed", F_STR("job_id", job_id),
		          F_ERR(e, &why));
		return;
	}
	OWNED(json_release) json_t *different = prediction_difference(answer, own);
	size_t count = json_array_size(different);
	metric_add(METRIC_SHADOW, count ? "different" : "same", NULL, 1);
	if (count == 0)
		return;
	OWNED(buf_free) struct buf names = buf_init(2 * KIB);
	for (size_t i = 0; i < count; i++)
		buf_printf(&names, "%s%s", i ? " " : "", json_get_str(json_array_get(different, i), "name"));
	log_event(s->log, LOG_INFO, "inference.shadow_differs", F_STR("job_id", job_id),
	          F_STR("fields", names.data));
}

static void *
work(void *arg)
{
	struct shadow *s = arg;
	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (!s->document && !s->stopping)
			pthread_cond_wait(&s->change, &s->lock);
		if (s->stopping)
			break;
		OWNED(mem_free) char *document = TAKE(s->document);
		OWNED(json_release) json_t *answer = TAKE(s->answer);
		size_t len = s->len;
		char job_id[64];
		memcpy(job_id, s->job_id, sizeof job_id);
		pthread_mutex_unlock(&s->lock);
		compare(s, document, len, answer, job_id);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void
release(struct shadow *s)
{
	model_free(&s->model);
	log_close(&s->log);
	free(s->document);
	json_decref(s->answer);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->change);
	free(s);
}

enum err
shadow_start(const char *models, const char *pin, struct log *log, struct shadow **ret, struct why *why)
{
	struct shadow *s = calloc(1, sizeof *s);
	if (!s)
		return fail(why, ERR_BROKEN, "no memory for a shadow");
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->change, NULL);
	s->log = log_child(log, F_STR("shadow", pin));
	enum err e = model_load(models, pin, &s->model, why);
	if (e == ERR_NONE && pthread_create(&s->thread, NULL, work, s) != 0)
		e = fail(why, ERR_BROKEN, "no thread for a shadow");
	if (e != ERR_NONE) {
		release(s);
		return e;
	}
	*ret = s;
	return ERR_NONE;
}

void
shadow_stop(struct shadow **s)
{
	if (!*s)
		return;
	pthread_mutex_lock(&(*s)->lock);
	(*s)->stopping = true;
	pthread_cond_signal(&(*s)->change);
	pthread_mutex_unlock(&(*s)->lock);
	pthread_join((*s)->thread, NULL);
	release(*s);
	*s = NULL;
}

void
shadow_show(struct shadow *s, const char *document, size_t n, const json_t *answer, const char *job_id)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->document) {
		metric_add(METRIC_SHADOW, "passed_over", NULL, 1);
	} else if ((s->document = malloc(n + 1))) {
		memcpy(s->document, document, n);
		s->document[n] = '\0';
		s->len = n;
		s->answer = json_deep_copy(answer);
		snprintf(s->job_id, sizeof s->job_id, "%s", job_id ? job_id : "");
		pthread_cond_signal(&s->change);
	}
	pthread_mutex_unlock(&s->lock);
}
