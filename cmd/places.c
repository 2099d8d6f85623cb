#include "places.h"

#include "own.h"

#include <sched.h>
#include <sys/un.h>

int32_t
place_cores(const struct settings *s)
{
	if (s->general_cores > 0)
		return (int32_t)s->general_cores;
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 0 ? n : 1;
}

enum err
place_inference(const struct settings *s, char ret[static PLACE_MAX], struct why *why)
{
	if (s->inference_listen[0])
		snprintf(ret, PLACE_MAX, "%s", s->inference_listen);
	else
		snprintf(ret, PLACE_MAX, "unix:%s/inference.sock", s->general_data);
	size_t longest = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
	if (strncmp(ret, "unix:", 5) == 0 && strlen(ret + 5) > longest)
		return fail(why, ERR_INVALID,
		            "the path of the inference socket is longer than %zu bytes: set inference-listen",
		            longest);
	return ERR_NONE;
}

void
place_models(const struct settings *s, char ret[static PLACE_MAX])
{
	char exe[PLACE_MAX - 64];
	if (s->inference_models[0]) {
		snprintf(ret, PLACE_MAX, "%s", s->inference_models);
		return;
	}
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2; up++) { /* bin/docket -> the folder that holds bin */
		char *slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
	}
	snprintf(ret, PLACE_MAX, "%s/share/docket/models", exe);
	if (access(ret, R_OK) != 0) /* not installed: run from where it was built */
		snprintf(ret, PLACE_MAX, "%s", DOCKET_MODELS);
}

bool
place_is_shared(const struct settings *s)
{
	return strncmp(s->general_storage, "postgres", 8) == 0;
}

struct storage_options
place_storage(const struct settings *s, struct place_storage *keep)
{
	bool beside = !s->general_storage[0] || strcmp(s->general_storage, "sqlite:") == 0;
	if (beside)
		snprintf(keep->storage_url, PLACE_MAX, "sqlite:%s/docket.db", s->general_data);
	else
		snprintf(keep->storage_url, PLACE_MAX, "%s", s->general_storage);
	if (!s->general_blobs[0])
		snprintf(keep->blobs_url, PLACE_MAX, "file:%s/blobs", s->general_data);
	else
		snprintf(keep->blobs_url, PLACE_MAX, "%s", s->general_blobs);
	if (s->storage_key_file[0])
		snprintf(keep->key_file, PLACE_MAX, "%s", s->storage_key_file);
	else if (place_is_shared(s))
		keep->key_file[0] = '\0';
	else
		snprintf(keep->key_file, PLACE_MAX, "%s/secret.key", s->general_data);
	return (struct storage_options){
	    .storage_url = keep->storage_url,
	    .blobs_url = keep->blobs_url,
	    .key_file = keep->key_file,
	    .make_key = !s->storage_key_file[0],
	    .pool = (int32_t)s->storage_pool,
	    .pooler = s->storage_pooler,
	    .lease_ms = s->worker_lease,
	    .job_deadline_ms = s->worker_job_deadline,
	    .max_attempts = (int32_t)s->worker_max_attempts,
	    .max_crashes = (int32_t)s->worker_max_crashes,
	    .backoff_ms = s->worker_backoff,
	    .max_queued_per_user = (int32_t)s->api_max_queued_per_user,
	    .max_documents_per_user = s->api_max_documents_per_user,
	    .max_bytes_per_user = s->api_max_bytes_per_user,
	};
}

static int32_t
page_threads(const struct settings *s)
{
	int32_t cores = place_cores(s);
	return s->parser_threads ? (int32_t)s->parser_threads : cores < 4 ? cores : 4;
}

struct parser_options
place_parsers(const struct settings *s)
{
	return (struct parser_options){.languages = s->parser_languages,
	                               .engine = s->ocr_engine,
	                               .warm = 1,
	                               .max_running = 1,
	                               .memory = s->parser_memory,
	                               .threads = page_threads(s),
	                               .max_pages = (int32_t)s->parser_max_pages,
	                               .max_megapixels = (int32_t)s->parser_max_megapixels,
	                               .page_time_ms = s->parser_page_time,
	                               .max_unpacked = s->parser_max_unpacked,
	                               .max_entries = (int32_t)s->parser_max_entries,
	                               .max_ratio = (int32_t)s->parser_max_ratio,
	                               .max_nesting = (int32_t)s->parser_max_nesting,
	                               .max_attachments = (int32_t)s->parser_max_attachments,
	                               .require_sandbox = !s->parser_read_without_sandbox};
}
