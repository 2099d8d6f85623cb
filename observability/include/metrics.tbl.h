/* X(NAME, TYPE, "metric_name", "label_a" or NULL, "label_b" or NULL, "help") */
X(HTTP_REQUESTS, COUNTER, "docket_http_requests_total", "route", "status", "Requests answered.")
X(HTTP_SECONDS, HISTOGRAM, "docket_http_request_seconds", "route", NULL,
  "From the request's first line to the answer's queueing.")
X(HTTP_ERRORS, COUNTER, "docket_http_errors_total", "route", "code", "Problems answered, by stable code.")
X(UPLOAD_BYTES, COUNTER, "docket_upload_bytes_total", NULL, NULL, "Bytes of acknowledged uploads.")
X(POOL_CAPACITY, GAUGE, "docket_pool_capacity", "pool", NULL,
  "How many at once: connections, blocking and hashing threads, worker slots, parsers, readers and writer of the database.")
X(POOL_BUSY, GAUGE, "docket_pool_busy", "pool", NULL, "How many of a pool are in use.")
X(POOL_WAITING, GAUGE, "docket_pool_waiting", "pool", NULL, "How many wait for one of a pool.")
X(POOL_REFUSED, COUNTER, "docket_pool_refused_total", "pool", NULL, "Turned away because too many waited.")
X(QUEUE_DEPTH, GAUGE, "docket_queue_depth", "state", NULL, "Jobs that are queued or processing.")
X(QUEUE_OLDEST, GAUGE, "docket_queue_oldest_age_seconds", NULL, NULL,
  "Age of the oldest job that could run now.")
X(JOBS, COUNTER, "docket_jobs_total", "outcome", "code",
  "Jobs settled: done, failed, retried, lost, released.")
X(JOB_SECONDS, HISTOGRAM, "docket_job_seconds", NULL, NULL, "From upload to final state.")
X(STAGE_SECONDS, HISTOGRAM, "docket_stage_seconds", "stage", NULL, "Time in one stage of a job.")
X(JOB_CPU, COUNTER, "docket_job_cpu_seconds_total", "doc_type", "outcome",
  "Processor time of attempts: done, or wasted because they brought no result.")
X(JOB_MEMORY, COUNTER, "docket_job_memory_gib_seconds_total", "doc_type", "outcome",
  "Resident memory of attempts times the time it was held.")
X(JOB_BYTES, COUNTER, "docket_job_bytes_total", "doc_type", "direction", "Bytes taken in and written by jobs.")
X(JOB_PRICE, COUNTER, "docket_job_price_total", "doc_type", "outcome",
  "What attempts cost by the prices in the settings, in their currency.")
X(JOB_WAIT, HISTOGRAM, "docket_job_wait_seconds", NULL, NULL,
  "From the moment a job could run to its claim: first tries only.")
X(SCALING_ARRIVALS, GAUGE, "docket_scaling_arrivals_per_second", NULL, NULL, "Uploads a second, over the last minute.")
X(SCALING_SERVICE, GAUGE, "docket_scaling_service_seconds", NULL, NULL, "Mean time of work on one job.")
X(SCALING_DRAIN, GAUGE, "docket_scaling_drain_seconds", NULL, NULL,
  "Until the queue is empty, with the slots that are applied.")
X(SCALING_DESIRED, GAUGE, "docket_scaling_desired_workers", "rule", NULL,
  "Slots worth having: by what came (reactive), by what is expected (forecast), and what is applied.")
X(SCALING_FORECAST, GAUGE, "docket_scaling_forecast_per_second", NULL, NULL, "Uploads a second that are expected.")
X(SCALING_ERROR, GAUGE, "docket_scaling_forecast_error_ratio", NULL, NULL,
  "Of the forecast, over the last day: what it missed over what came.")
X(PARSERS, GAUGE, "docket_parsers", "state", NULL, "Parser processes, warm or busy.")
X(PARSER_DEATHS, COUNTER, "docket_parser_deaths_total", "reason", NULL,
  "Parsers that ended otherwise than by finishing a document.")
X(NURSERIES, COUNTER, "docket_parser_nurseries_total", NULL, NULL,
  "Processes started that load what parsers need and fork them: one for 64 documents, and after each parser's death.")
X(PAGES, COUNTER, "docket_pages_total", "source", NULL, "Pages read, by text_layer or ocr.")
X(INFER_REQUESTS, COUNTER, "docket_inference_requests_total", "code", NULL, "Inference answers by code.")
X(SHADOW, COUNTER, "docket_inference_shadow_total", "outcome", NULL,
  "Papers that a second model read along: same, different, failed, passed_over.")
X(INFER_SECONDS, HISTOGRAM, "docket_inference_seconds", NULL, NULL, "One inference, without transport.")
X(STORE_COMMITS, COUNTER, "docket_storage_commits_total", NULL, NULL, "Transactions made durable.")
X(STORE_COMMIT_SECONDS, COUNTER, "docket_storage_commit_seconds_total", NULL, NULL,
  "Time in which those transactions became durable; over their number it is what one costs.")
X(STORE_WRITES, COUNTER, "docket_storage_writes_total", NULL, NULL, "Requests in those transactions.")
X(STORE_WAL_BYTES, GAUGE, "docket_storage_wal_bytes", NULL, NULL, "Size of the write-ahead log.")
X(DISK_FREE, GAUGE, "docket_disk_free_bytes", NULL, NULL, "Room left where the data folder is.")
X(SLO_EVENTS, COUNTER, "docket_slo_events_total", "slo", "outcome",
  "Jobs that met an objective (good) or did not (bad): result_time, jobs_done.")
X(SLO_TARGET, GAUGE, "docket_slo_target", "slo", NULL, "The share that must be good, from settings.")
X(READY, GAUGE, "docket_ready", NULL, NULL, "1 when /readyz would say 200.")
X(RESIDENT, GAUGE, "docket_process_resident_bytes", NULL, NULL, "Resident memory of this process.")
X(CPU_SECONDS, COUNTER, "docket_process_cpu_seconds_total", NULL, NULL, "Processor time of this process.")
X(OPEN_FDS, GAUGE, "docket_process_open_fds", NULL, NULL, "Open descriptors of this process.")
X(THREADS, GAUGE, "docket_process_threads", NULL, NULL, "Threads of this process.")
X(START_TIME, GAUGE, "docket_process_start_time_seconds", NULL, NULL, "When this process began.")
X(BUILD_INFO, GAUGE, "docket_build_info", "version", NULL, "Always 1: the program's version.")
X(TRACE_SPANS, COUNTER, "docket_trace_spans_total", "outcome", NULL,
  "Spans sent, or dropped: the queue was full, the collector away, a part had too many.")
X(LOG_EVENTS, COUNTER, "docket_log_events_total", "level", "event", "Log events written, by name.")
