// A document's way as spans: one trace for each job, whose id is the job's, over all processes; and the
// same id in every log line.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Collector } from './lib/collector.mjs'
import { sample, Service } from './lib/service.mjs'

let collector, service, ann
before(async () => {
  collector = await Collector.start()
  service = await Service.start({ DOCKET_TRACE_ENDPOINT: collector.endpoint, DOCKET_TRACE_SAMPLE: '100',
    DOCKET_TRACE_RULES: 'GET /session=0, GET /jobs=100', DOCKET_LOG_LEVEL: 'debug' })
  ann = await service.person('ann')
})
after(async () => { await service?.end(); await collector?.end() })

const traceOf = (job) => job.replaceAll('-', '')
const named = (trace, name) => collector.of(trace).filter((s) => s.name === name)
const arrived = (what, holds) => service.until(what, () => holds())

test('an upload, its wait and every step of its reading are one trace', async () => {
  const { job } = await ann.read(sample('receipt-en.jpg'), { name: 'a.jpg' })
  const trace = traceOf(job.id)
  await arrived('a whole trace', () => ['job', 'POST /upload', 'POST /v1/infer'].every((name) => named(trace, name).length))
  const [upload] = named(trace, 'POST /upload'), [work] = named(trace, 'job')
  assert.equal(upload.parent, null)
  assert.equal(upload.attributes['docket.job_id'], job.id)
  assert.equal(upload.attributes['http.response.status_code'], 202)
  assert.equal(work.parent, upload.id)
  assert.equal(work.attributes['docket.job_id'], job.id)
  for (const step of ['queued', 'parsing', 'parse page', 'inference', 'persist']) {
    const [span] = named(trace, step).filter((s) => s.parent === work.id)
    assert.ok(span, `no span "${step}"`)
    assert.ok(span.from >= work.from - 1e6 && span.to <= work.to + 1e6, `"${step}" lies outside its job`)
  }
  const [answer] = named(trace, 'POST /v1/infer')
  assert.equal(answer.parent, work.id)
  assert.equal(answer.attributes['docket.job_id'], job.id)
  const of = service.events().filter((e) => e.job_id === job.id)
  assert.ok(of.some((e) => e.event === 'upload.accepted') && of.some((e) => e.event === 'job.done'))
  for (const e of of) assert.equal(e.trace_id, trace, e.event)
  assert.deepEqual(collector.strangers, [])
})

test('a caller with a trace of its own finds its way into the job and back', async () => {
  const theirs = 'c0ffee00c0ffee00c0ffee00c0ffee00'
  const answer = await ann.send(sample('receipt-en.png'), { name: 'b.png', key: 'theirs',
    headers: { traceparent: `00-${theirs}-00000000000000aa-01` } })
  assert.equal(answer.status, 202)
  assert.match(answer.headers.get('traceparent'), new RegExp(`^00-${theirs}-[0-9a-f]{16}-0[01]$`))
  const { id } = await ann.finished(answer.body.id)
  await arrived('both traces', () => named(theirs, 'POST /upload').length && named(traceOf(id), 'upload').length)
  assert.equal(named(theirs, 'POST /upload')[0].parent, '00000000000000aa')
  assert.deepEqual(named(theirs, 'POST /upload')[0].links, [traceOf(id)])
  assert.deepEqual(named(traceOf(id), 'upload')[0].links, [theirs])
  const [upload] = named(traceOf(id), 'upload')
  await arrived('the worker part', () => named(traceOf(id), 'job').length)
  assert.equal(named(traceOf(id), 'job')[0].parent, upload.id)
})

test('a rule keeps a route out of the traces', async () => {
  await ann.must(200, 'GET', '/session')
  await ann.must(200, 'GET', '/jobs')
  await arrived('a span of the other route', () => collector.spans.some((s) => s.name === 'GET /jobs'))
  assert.equal(collector.spans.filter((s) => s.name === 'GET /session').length, 0)
})

test('a failed job is traced though nothing else is', async () => {
  const quiet = await Service.start({ DOCKET_TRACE_ENDPOINT: collector.endpoint, DOCKET_TRACE_SAMPLE: '0' })
  try {
    const bob = await quiet.person('bob')
    const good = await bob.read(sample('receipt-en.png'), { name: 'good.png' })
    const bad = await bob.finished((await bob.upload(sample('receipt-en.jpg').subarray(0, 200), { name: 'bad.jpg' })).id)
    assert.equal(bad.status, 'failed')
    await quiet.until('the failed job traced', () => named(traceOf(bad.id), 'job').length > 0)
    const [span] = named(traceOf(bad.id), 'job')
    assert.equal(span.error, bad.error.code)
    assert.equal(collector.of(traceOf(good.job.id)).length, 0)
  } finally { await quiet.end() }
})

test('a collector that is away costs spans, which are counted, and nothing else', async () => {
  collector.status = 503
  try {
    const { job } = await ann.read(sample('receipt-en.png'), { name: 'c.png' })
    assert.equal(job.status, 'done')
    await service.until('the loss counted', async () => /^docket_trace_spans_total\{outcome="dropped_away"\} [1-9]/m.test(await service.metrics()))
  } finally { collector.status = 200 }
})
