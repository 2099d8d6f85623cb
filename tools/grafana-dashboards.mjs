#!/usr/bin/env node
// Writes ops/grafana/*.json: dashboards for the service, the pipeline, the queue, inference and cost.
//
// usage: tools/grafana-dashboards.mjs [--check] [--queries]
//   --check    fail when the files are not what this program writes
//   --queries  print every query as recording rules, for "promtool check rules"
import { readFileSync, writeFileSync } from 'node:fs'

const quantile = (q, by, metric) => `histogram_quantile(${q}, sum by (le${by ? `, ${by}` : ''}) (rate(${metric}_bucket[$__rate_interval])))`
const rate = (by, metric) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`

// [title, unit, [[legend, query], ...]]
const dashboards = {
  service: ['Docket: service', [
    ['Requests', 'reqps', [['{{route}}', rate('route', 'docket_http_requests_total')]]],
    ['Problems answered', 'reqps', [['{{code}}', rate('code', 'docket_http_errors_total')]]],
    ['Latency of requests, p95', 's', [['{{route}}', quantile(0.95, 'route', 'docket_http_request_seconds')]]],
    ['Ready', 'short', [['{{instance}}', 'docket_ready']]],
    ['Error budget burnt, times too fast (1 h)', 'short', [['{{slo}}', 'docket:slo_bad:ratio_rate1h / on (slo) docket:slo_budget:share']]],
    ['Resident memory', 'bytes', [['{{instance}}', 'docket_process_resident_bytes']]],
    ['Processor', 'short', [['{{instance}}', 'rate(docket_process_cpu_seconds_total[$__rate_interval])']]],
    ['Room on disk', 'bytes', [['{{instance}}', 'docket_disk_free_bytes']]],
    ['Warnings and errors in the log', 'short', [['{{event}}', 'sum by (event) (increase(docket_log_events_total{level=~"warn|error"}[$__rate_interval]))']]],
  ]],
  pipeline: ['Docket: pipeline', [
    ['From upload to result', 's', [['p50', quantile(0.5, '', 'docket_job_seconds')], ['p95', quantile(0.95, '', 'docket_job_seconds')]]],
    ['Stages, p95', 's', [['{{stage}}', quantile(0.95, 'stage', 'docket_stage_seconds')]]],
    ['Jobs by outcome', 'short', [['{{outcome}}', rate('outcome', 'docket_jobs_total')]]],
    ['Failures by code', 'short', [['{{code}}', 'sum by (code) (increase(docket_jobs_total{outcome="failed"}[$__rate_interval]))']]],
    ['Pages', 'short', [['{{source}}', rate('source', 'docket_pages_total')]]],
    ['Parsers', 'short', [['{{state}}', 'sum by (state) (docket_parsers)']]],
    ['Parsers that died', 'short', [['{{reason}}', 'sum by (reason) (increase(docket_parser_deaths_total[$__rate_interval]))']]],
  ]],
  queue: ['Docket: queue and storage', [
    ['Jobs', 'short', [['{{state}}', 'max by (state) (docket_queue_depth)']]],
    ['Oldest job that could run', 's', [['age', 'max(docket_queue_oldest_age_seconds)']]],
    ['Commits', 'short', [['commits', 'sum(rate(docket_storage_commits_total[$__rate_interval]))'], ['writes', 'sum(rate(docket_storage_writes_total[$__rate_interval]))']]],
    ['Writes a commit', 'short', [['writes', 'sum(rate(docket_storage_writes_total[$__rate_interval])) / sum(rate(docket_storage_commits_total[$__rate_interval]))']]],
    ['Write-ahead log', 'bytes', [['size', 'max(docket_storage_wal_bytes)']]],
    ['One commit', 's', [['mean', 'sum(rate(docket_storage_commit_seconds_total[$__rate_interval])) / sum(rate(docket_storage_commits_total[$__rate_interval]))']]],
    ['Pools, share in use', 'percentunit', [['{{pool}}', 'max by (pool) (docket_pool_busy / docket_pool_capacity)']]],
    ['Waiting for one of a pool', 'short', [['{{pool}}', 'sum by (pool) (docket_pool_waiting)']]],
    ['Wait before work begins, p95', 's', [['wait', quantile(0.95, '', 'docket_job_wait_seconds')]]],
    ['Workers wanted', 'short', [['{{rule}}', 'max by (rule) (docket_scaling_desired_workers)']]],
    ['Uploaded', 'Bps', [['bytes', 'sum(rate(docket_upload_bytes_total[$__rate_interval]))']]],
  ]],
  inference: ['Docket: inference', [
    ['Answers by code', 'reqps', [['{{code}}', rate('code', 'docket_inference_requests_total')]]],
    ['Time of one', 's', [['p50', quantile(0.5, '', 'docket_inference_seconds')], ['p99', quantile(0.99, '', 'docket_inference_seconds')]]],
    ['Times it was away', 'short', [['away', 'sum(increase(docket_inference_requests_total{code="model_unavailable"}[$__rate_interval]))']]],
  ]],
  cost: ['Docket: cost', [
    ['Processor of the service, seconds a job', 's', [['cpu', 'sum(rate(docket_process_cpu_seconds_total[$__rate_interval])) / sum(rate(docket_jobs_total{outcome="done"}[$__rate_interval]))']]],
    ['Time in the parser, seconds a page', 's', [['parse', 'sum(rate(docket_stage_seconds_sum{stage="parsing"}[$__rate_interval])) / sum(rate(docket_pages_total[$__rate_interval]))']]],
    ['Price of what was read, an hour', 'short', [['{{doc_type}}', 'sum by (doc_type) (rate(docket_job_price_total[$__rate_interval])) * 3600']]],
    ['Price of a job', 'short', [['mean', 'sum(rate(docket_job_price_total[$__rate_interval])) / sum(rate(docket_jobs_total{outcome="done"}[$__rate_interval]))']]],
    ['Share of the price that was spent in vain', 'percentunit', [['vain', 'sum(rate(docket_job_price_total{outcome!="done"}[$__rate_interval])) / sum(rate(docket_job_price_total[$__rate_interval]))']]],
    ['Attempts that came to nothing', 'percentunit', [['wasted', 'sum(rate(docket_jobs_total{outcome=~"retried|lost|released"}[$__rate_interval])) / sum(rate(docket_jobs_total[$__rate_interval]))']]],
    ['Spans', 'short', [['{{outcome}}', rate('outcome', 'docket_trace_spans_total')]]],
  ]],
}

const panel = ([title, unit, targets], i) => ({
  id: i + 1, type: 'timeseries', title, datasource: { type: 'prometheus', uid: '${source}' },
  gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 8, w: 12, h: 8 },
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  targets: targets.map(([legendFormat, expr], n) => ({ refId: 'ABCD'[n], expr, legendFormat })),
})
const dashboard = (name, [title, panels]) => ({
  uid: `docket-${name}`, title, schemaVersion: 39, tags: ['docket'], time: { from: 'now-6h', to: 'now' }, refresh: '30s',
  templating: { list: [{ name: 'source', type: 'datasource', query: 'prometheus' }] },
  panels: panels.map(panel),
})

if (process.argv.includes('--queries')) {
  console.log('groups:\n  - name: dashboards\n    rules:')
  let n = 0
  for (const [name, [, panels]] of Object.entries(dashboards))
    for (const [, , targets] of panels)
      for (const [, expr] of targets)
        console.log(`      - record: 'query:${name}:${n++}'\n        expr: '${expr.replaceAll('$__rate_interval', '5m')}'`)
} else {
  for (const [name, d] of Object.entries(dashboards)) {
    const file = new URL(`../ops/grafana/${name}.json`, import.meta.url)
    const text = JSON.stringify(dashboard(name, d), null, 1) + '\n'
    if (!process.argv.includes('--check')) writeFileSync(file, text)
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`ops/grafana/${name}.json is not current: run tools/grafana-dashboards.mjs`)
      process.exitCode = 1
    }
  }
}
