#!/usr/bin/env node
// Writes ops/prometheus/docket.rules.yml: how objectives are measured and when somebody is woken.
//
// usage: tools/prometheus-rules.mjs [--check] [--scale N --print]
//   --check   fail when the file is not what this program writes
//   --scale   every window and wait divided by N: for tests that cannot wait for hours
//
// Targets are not here: each process tells its own (docket_slo_target, from its settings).
import { readFileSync, writeFileSync } from 'node:fs'

const args = process.argv.slice(2)
const scale = args.includes('--scale') ? Number(args[args.indexOf('--scale') + 1]) : 1
const file = new URL('../ops/prometheus/docket.rules.yml', import.meta.url)

const UNITS = { s: 1, m: 60, h: 3600, d: 86400 }
const seconds = (t) => Number(t.slice(0, -1)) * UNITS[t.at(-1)]
// "1h" as it is, or so much shorter. Never under 1 s.
const t = (text) => (scale === 1 ? text : `${Math.max(1, Math.round(seconds(text) / scale))}s`)

// An age in seconds, likewise.
const age = (n) => n / scale

// Events that were bad, and all of them. Only our own failures count: a damaged file is not one.
const SLIS = {
  availability: ['docket_http_requests_total{status=~"5.."}', 'docket_http_requests_total'],
  result_time: ['docket_slo_events_total{slo="result_time",outcome="bad"}', 'docket_slo_events_total{slo="result_time"}'],
  jobs_done: ['docket_slo_events_total{slo="jobs_done",outcome="bad"}', 'docket_slo_events_total{slo="jobs_done"}'],
}
const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d']
// Of a budget for 30 days: 2 % gone in an hour, 5 % in six, 10 % in three days. The short window makes
// the alert end soon after its cause does.
const BURNS = [
  { severity: 'page', factor: 14.4, long: '1h', short: '5m', wait: '2m' },
  { severity: 'page', factor: 6, long: '6h', short: '30m', wait: '5m' },
  { severity: 'ticket', factor: 1, long: '3d', short: '6h', wait: '1h' },
]

// At a household's traffic one bad request an hour is a large share; below so many nobody is woken.
const FEWEST = 3

const recordings = []
for (const [slo, [bad, all]] of Object.entries(SLIS)) {
  for (const w of WINDOWS) {
    recordings.push({ record: `docket:slo_bad:ratio_rate${w}`, labels: { slo },
      // No events at all are no bad ones: "or vector(0)" lets an alert end when traffic does.
      expr: `sum(rate(${bad}[${t(w)}])) / sum(rate(${all}[${t(w)}])) > 0 or vector(0)` })
  }
  for (const { long } of BURNS) {
    recordings.push({ record: `docket:slo_bad:increase${long}`, labels: { slo },
      expr: `sum(increase(${bad}[${t(long)}])) or vector(0)` })
  }
  recordings.push({ record: 'docket:slo_budget:share', labels: { slo }, expr: `1 - max(docket_slo_target{slo="${slo}"})` })
}

const alert = (name, expr, wait, severity, summary, labels = {}) => ({
  alert: name, expr, for: t(wait), labels: { severity, ...labels },
  annotations: { summary, runbook: `docs/runbooks/${name}.md` } })

const burns = BURNS.map((b) =>
  alert('DocketBudgetBurn',
    `docket:slo_bad:ratio_rate${b.long} > on (slo) (${b.factor} * docket:slo_budget:share) and on (slo) ` +
    `docket:slo_bad:ratio_rate${b.short} > on (slo) (${b.factor} * docket:slo_budget:share) and on (slo) ` +
    `docket:slo_bad:increase${b.long} >= ${FEWEST}`,
    b.wait, b.severity, `{{ $labels.slo }}: the error budget of 30 days burns ${b.factor} times too fast`, { window: b.long }))

const faults = [
  alert('DocketDown', 'up{job=~"docket.*"} == 0', '1m', 'page', '{{ $labels.instance }} does not answer'),
  alert('DocketNotReady', 'docket_ready == 0', '1m', 'page', '{{ $labels.instance }} cannot commit'),
  alert('DocketQueueStuck', `max(docket_queue_oldest_age_seconds) > ${age(120)}`, '2m', 'page',
    'The oldest job that could run has waited for {{ $value | humanizeDuration }}'),
  alert('DocketJobsFailing',
    `sum by (code) (increase(docket_jobs_total{outcome=~"failed|retried",code=~"internal|job_deadline|busy|outcome_unknown|invalid_parsed_document|schema_incompatible"}[${t('10m')}])) > 3`,
    '1m', 'page', 'Jobs end with {{ $labels.code }}'),
  alert('DocketInferenceUnavailable',
    `sum(increase(docket_inference_requests_total{code=~"model_unavailable|schema_incompatible|job_deadline"}[${t('5m')}])) > 3`,
    '1m', 'page', 'ml-inference does not answer'),
  alert('DocketParsersDying',
    `sum by (reason) (increase(docket_parser_deaths_total[${t('10m')}])) > 5`, '1m', 'page',
    'Parsers die of {{ $labels.reason }}'),
  alert('DocketChildRestarts', `sum(increase(docket_log_events_total{event="child.died"}[${t('10m')}])) > 3`, '1m', 'page',
    'A supervised process dies again and again'),
  alert('DocketLeasesLost', `sum(increase(docket_jobs_total{outcome="lost"}[${t('10m')}])) > 3`, '1m', 'ticket',
    'Jobs were taken from workers that had gone silent'),
  alert('DocketStorageFailing',
    `sum by (event) (increase(docket_log_events_total{event=~"worker.claim_failed|worker.heartbeat_failed|job.unsettled"}[${t('5m')}])) > 3`,
    '1m', 'page', 'The worker cannot use storage: {{ $labels.event }}'),
  alert('DocketDiskFull', 'min(docket_disk_free_bytes) < 2e9', '1m', 'page', 'Only {{ $value | humanize1024 }}B are left for documents'),
  alert('DocketWalLarge', 'max(docket_storage_wal_bytes) > 512e6', '5m', 'ticket', 'The write-ahead log has grown to {{ $value | humanize1024 }}B'),
  alert('DocketMemoryHigh', 'docket_process_resident_bytes > 2e9', '10m', 'ticket', '{{ $labels.instance }} holds {{ $value | humanize1024 }}B'),
]

const quote = (s) => `'${String(s).replaceAll("'", "''")}'`
const yaml = (groups) => {
  const out = ['# Written by tools/prometheus-rules.mjs; change it there.', 'groups:']
  for (const g of groups) {
    out.push(`  - name: ${g.name}`, `    interval: ${g.interval}`, '    rules:')
    for (const rule of g.rules) {
      Object.entries(rule).forEach(([key, value], i) => {
        const lead = i === 0 ? '      - ' : '        '
        if (typeof value === 'object') {
          out.push(`${lead}${key}:`)
          for (const [k, v] of Object.entries(value)) out.push(`          ${k}: ${quote(v)}`)
        } else out.push(`${lead}${key}: ${quote(value)}`)
      })
    }
  }
  return out.join('\n') + '\n'
}
const text = yaml([
  { name: 'docket-objectives', interval: t('30s'), rules: recordings },
  { name: 'docket-burn', interval: t('30s'), rules: burns },
  { name: 'docket-faults', interval: t('15s'), rules: faults },
])

if (args.includes('--print')) process.stdout.write(text)
else if (args.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('ops/prometheus/docket.rules.yml is not current: run tools/prometheus-rules.mjs')
    process.exit(1)
  }
} else writeFileSync(file, text)
