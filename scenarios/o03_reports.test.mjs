// What operators ask: how much of the error budgets is used, and what reading has cost; of a running
// service, and of one that is stopped.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { run, sample, Service } from './lib/service.mjs'

let service, ann
const prices = { DOCKET_COST_CURRENCY: 'EUR', DOCKET_COST_CPU_HOUR: '0.04', DOCKET_COST_MEMORY_GIB_HOUR: '0.005' }
before(async () => {
  service = await Service.start(prices)
  ann = await service.person('ann')
})
after(() => service?.end())
const ask = (...args) => {
  const { status, stdout, stderr } = run([...args, '--data', service.data, '--admin', `127.0.0.1:${service.adminPort}`], { env: service.environment() })
  assert.equal(status, 0, stderr)
  return stdout
}
let user

test('a result tells what it has cost', async () => {
  const { result } = await ann.read(sample('receipt-en.jpg'), { name: 'a.jpg' })
  const { cost } = result.diagnostics
  assert.ok(cost.cpu_ms > 0 && cost.memory_kib_s > 0 && cost.bytes_in > 1000 && cost.bytes_out > 1000)
  assert.match(cost.price.amount, /^0\.0\d+$/)
  assert.equal(cost.price.currency, 'EUR')
  const torn = await ann.finished((await ann.upload(sample('receipt-en.jpg').subarray(0, 300), { name: 'b.jpg' })).id)
  assert.equal(torn.status, 'failed')
  user = ann.user.id
})

for (const stopped of [false, true]) {
  test(`costs and budgets of a service that is ${stopped ? 'stopped' : 'running'}`, async () => {
    if (stopped) await service.stop()
    const costs = JSON.parse(ask('cost', '--by', 'type', '--format', 'json'))
    const [receipts] = costs.rows.filter((r) => r.key === 'receipt'), [unread] = costs.rows.filter((r) => r.key === '')
    assert.equal(receipts.jobs, 1)
    assert.ok(receipts.cpu_ms > 0 && receipts.price > 0 && receipts.wasted === 0)
    assert.equal(unread.wasted, 1)
    assert.equal(JSON.parse(ask('cost', '--by', 'user', '--format', 'json')).rows[0].key, user)
    assert.match(ask('cost'), /^receipt +1 +1 +0 /m)
    const [header, ...lines] = ask('cost', '--format', 'csv').trim().split('\n')
    assert.equal(header.split(',').length, 12)
    assert.equal(lines.length, 2)

    const slo = JSON.parse(ask('slo', '--format', 'json'))
    const of = Object.fromEntries(slo.objectives.map((o) => [o.name, o]))
    assert.equal(of.result_time.good, 1)
    assert.equal(of.jobs_done.good, 2) // a torn file is not our failure
    assert.equal(of.jobs_done.bad, 0)
    assert.equal(of.availability.verdict, 'not known from this source')
    assert.match(ask('slo'), /^jobs_done .* kept$/m)
    const page = ask('slo', '--format', 'html')
    assert.match(page, /<svg role="img" aria-label="jobs_done by day"/)
    assert.ok(!/<script|https?:\/\//.test(page), 'the page asks for something from elsewhere')
  })
}

test('a period that is none is refused in words', () => {
  const { status, stderr } = run(['slo', '--from', '2026-02-30x'])
  assert.equal(status, 64)
  assert.match(stderr, /--from is a day/)
  const backwards = run(['slo', '--from', '2026-02-02', '--to', '2026-02-01', '--data', service.data])
  assert.equal(backwards.status, 1)
  assert.match(backwards.stderr, /a period has 1 to/)
})
