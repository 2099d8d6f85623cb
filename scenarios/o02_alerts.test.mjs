// The real Prometheus scrapes the service, the real Alertmanager carries what fires to a webhook.
// Here are two faults that must be named rightly, and a quiet service on which nothing may fire; all
// the others are in long/l03_faults.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { missing, Watch } from './lib/prometheus.mjs'
import { killQuietly, root, run, sample, Service } from './lib/service.mjs'

const skip = missing && !process.env.CI ? `${missing} is not installed` : false
let service, ann, watch
before(async () => {
  if (skip) return
  service = await Service.start({ DOCKET_TRACE_ENDPOINT: 'http://127.0.0.1:9/v1/traces', DOCKET_TRACE_SAMPLE: '100' })
  ann = await service.person('ann')
  await ann.read(sample('receipt-en.jpg'), { name: 'a.jpg' })
  watch = await Watch.start([`127.0.0.1:${service.adminPort}`])
})
after(async () => { await watch?.end(); await service?.end() })

test('every query of every dashboard is answered by Prometheus', { skip }, async () => {
  const boards = ['service', 'pipeline', 'queue', 'inference', 'cost']
  let n = 0
  for (const board of boards) {
    const { panels } = JSON.parse(readFileSync(join(root, 'ops/grafana', `${board}.json`), 'utf8'))
    for (const { expr } of panels.flatMap((p) => p.targets ?? [])) {
      await watch.query(expr.replaceAll('$__rate_interval', '1m').replaceAll('$__interval', '1m').replaceAll('$__range', '1h'))
      n++
    }
  }
  assert.ok(n > 20, `only ${n} queries`)
})

test('what is scraped has exemplars that are traces of jobs', { skip }, async () => {
  const { data } = await watch.until('an exemplar', async () => {
    const answer = await fetch(`${watch.url}/api/v1/query_exemplars?query=docket_job_seconds_bucket&start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 60}`).then((r) => r.json())
    return answer.data?.length ? answer : null
  })
  assert.match(data[0].exemplars[0].labels.trace_id, /^[0-9a-f]{32}$/)
})

test('a quiet service wakes nobody', { skip }, async () => {
  for (let i = 0; i < 3; i++) await ann.read(sample('receipt-en.png'), { name: `${i}.png` })
  await watch.until('ten looks at every rule', async () =>
    (await watch.query('count_over_time(docket:slo_bad:ratio_rate5m{slo="jobs_done"}[5m])'))[0]?.value >= 10)
  assert.deepEqual(await watch.firing(), [])
  assert.deepEqual(watch.pages, [])
})

test('docket slo counts requests by asking Prometheus', { skip }, () => {
  const { status, stdout, stderr } = run(['slo', '--prometheus', watch.url, '--format', 'json'])
  assert.equal(status, 0, stderr)
  const [availability] = JSON.parse(stdout).objectives
  assert.equal(availability.verdict, 'kept')
  assert.ok(availability.good >= 1 && availability.bad === 0)
})

test('a model service that dies again and again is named, reaches the webhook, and clears', { skip }, async () => {
  let on = true
  const killing = (async () => { while (on) { for (const { pid } of service.inference()) killQuietly(pid); await new Promise((r) => setTimeout(r, 100)) } })()
  await watch.alerted('DocketChildRestarts')
  on = false
  await killing
  await watch.cleared('DocketChildRestarts')
})

test('a service that is gone is named, and nothing else is: it cannot be ready either', { skip }, async () => {
  watch.pages.length = 0
  await service.kill()
  await watch.alerted('DocketDown')
  assert.ok(!watch.told('firing', 'DocketNotReady') && !watch.told('firing', 'DocketQueueStuck'))
  await service.up()
  await watch.cleared('DocketDown')
})
