// One document on its way in, and its job.
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sample, Service, serviceFor } from './lib/service.mjs'
import { dial } from './lib/speak.mjs'

let ann
const service = serviceFor({ before, after }, {}, async (service) => { ann = await service.person('ann') })
const receipt = sample('receipt-en.png')

test('a raw body is acknowledged with a job that then runs to done', async () => {
  const answer = await ann.send(receipt, { name: 'a.png', key: randomUUID() })
  assert.equal(answer.status, 202)
  assert.equal(answer.headers.get('location'), `/jobs/${answer.body.id}`)
  assert.ok(Number(answer.headers.get('retry-after')) >= 0)
  assert.ok(['queued', 'processing'].includes(answer.body.status))
  const job = await ann.finished(answer.body.id)
  assert.equal(job.status, 'done')
  assert.equal(job.stage, 'finished')
  assert.deepEqual(job.progress, { done: 1, total: 1, unit: 'page' })
  assert.equal(job.result_id, job.id)
  assert.ok(Date.parse(job.created_at) <= Date.parse(job.finished_at))
})

test('a form is taken as well, and the name of the file is kept whatever its letters', async () => {
  const job = await ann.upload(receipt, { name: 'чек из магазина "Ромашка".png', multipart: true })
  assert.equal(job.file.media_type, 'image/png')
  assert.equal(job.file.size, receipt.length)
  assert.match(job.file.name, /чек из магазина/)
  assert.equal((await ann.finished(job.id)).status, 'done')
})

test('what the bytes are counts, not what they are called', async () => {
  const job = await ann.upload(receipt, { name: 'paper.pdf', type: 'application/pdf' })
  assert.equal(job.file.media_type, 'image/png')
  assert.equal((await ann.finished(job.id)).status, 'done')
})

test('the same key and body again is the same job, ever so often and at once', async () => {
  const key = randomUUID()
  const first = await ann.send(receipt, { name: 'a.png', key })
  const again = await Promise.all(Array.from({ length: 8 }, () => ann.send(receipt, { name: 'a.png', key })))
  for (const answer of again) {
    if (answer.status === 409) assert.equal(answer.body.code, 'idempotency_key_in_flight')
    else assert.equal(answer.body.id, first.body.id)
  }
  const jobs = (await ann.all('/jobs')).filter((j) => j.id === first.body.id)
  assert.equal(jobs.length, 1)
})

test('who has the answer is not told that the upload is still arriving, whichever connection asks next', async () => {
  const max = await service.person('max')
  const ways = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
  const headers = { authorization: `Bearer ${max.token}`, 'content-type': 'image/png', 'content-length': receipt.length, 'idempotency-key': randomUUID() }
  const statuses = []
  for (let i = 0; i < 200; i++) {
    const sent = request(`${service.url}/upload`, { method: 'POST', agent: ways[i % 2], headers })
    sent.end(receipt)
    const [answer] = await once(sent, 'response')
    statuses.push(answer.statusCode)
    await once(answer.resume(), 'end')
  }
  for (const way of ways) way.destroy()
  assert.deepEqual(statuses.filter((s) => s !== 202), [])
})

test('eight first uploads with one key, all at once, make one job', async () => {
  const eve = await service.person('eve')
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 8 }, () => eve.send(receipt, { name: 'a.png', key })))
  const ids = new Set(answers.filter((a) => a.status === 202).map((a) => a.body.id))
  assert.equal(ids.size, 1)
  for (const a of answers) if (a.status !== 202) assert.equal(a.body.code, 'idempotency_key_in_flight')
  assert.equal((await eve.all('/jobs')).length, 1)
})

test('the key of another body is refused', async () => {
  const key = randomUUID()
  await ann.upload(receipt, { name: 'a.png', key })
  const other = await ann.send(sample('receipt-en.webp'), { name: 'a.webp', key })
  assert.equal(other.status, 422)
  assert.equal(other.body.code, 'idempotency_key_reused')
})

test('two people may use the same key', async () => {
  const key = randomUUID()
  const bob = await service.person('bob')
  assert.notEqual((await ann.upload(receipt, { key })).id, (await bob.upload(receipt, { key })).id)
})

test('while the first upload still arrives its key is in flight', async () => {
  let pause = 0
  await service.until('in flight', async () => {
    // A new key each time: nothing tells when the service has seen the beginning of the first one.
    const key = randomUUID()
    const first = await dial(service.port)
    first.write(`POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: image/png\r\n` +
      `Idempotency-Key: ${key}\r\nContent-Length: ${receipt.length}\r\n\r\n`)
    first.write(receipt.subarray(0, 50_000))
    await sleep((pause += 20))
    const second = await ann.send(receipt, { name: 'a.png', key })
    first.destroy()
    if (second.status !== 409) return false
    assert.equal(second.body.code, 'idempotency_key_in_flight')
    await service.until('free again', async () => (await ann.send(receipt, { name: 'a.png', key })).status === 202)
    return true
  })
})

test('a job has an ETag: unchanged is 304, and waiting ends when something changes', async () => {
  const { id } = await ann.upload(receipt, { name: 'a.png' })
  const job = await ann.finished(id)
  const first = await ann.must(200, 'GET', `/jobs/${id}`)
  const etag = first.headers.get('etag')
  assert.ok(etag)
  assert.equal(first.headers.get('retry-after'), null)
  assert.equal((await ann.call('GET', `/jobs/${id}`, { headers: { 'if-none-match': etag } })).status, 304)
  const t0 = Date.now()
  await ann.must(200, 'GET', `/jobs/${id}?wait=20`)
  assert.ok(Date.now() - t0 < 15_000, 'a final job is not waited for')
  assert.equal(job.status, 'done')
})

test('progress passes only forward through its stages', async () => {
  const { id } = await ann.upload(sample('letter-fax.tiff'), { name: 'letter-fax.tiff' })
  const order = ['received', 'queued', 'parsing', 'inference', 'persist', 'finished']
  let stage = 0, done = 0
  for (;;) {
    const job = await ann.job(id)
    assert.ok(order.indexOf(job.stage) >= stage, `${job.stage} after ${order[stage]}`)
    stage = order.indexOf(job.stage)
    assert.ok(job.progress.done >= done && job.progress.done <= Math.max(job.progress.total, job.progress.done))
    done = job.progress.done
    if (job.status === 'done') { assert.deepEqual(job.progress, { done: 3, total: 3, unit: 'page' }); break }
    assert.notEqual(job.status, 'failed', JSON.stringify(job.error))
  }
})

test('the original comes back byte for byte, and in parts', async () => {
  const job = await ann.upload(receipt, { name: 'a.png' })
  const path = `/documents/${job.document_id}/original`
  const whole = await ann.must(200, 'GET', path)
  assert.equal(createHash('sha256').update(whole.body).digest('hex'), createHash('sha256').update(receipt).digest('hex'))
  assert.equal(whole.headers.get('x-content-type-options'), 'nosniff')
  assert.match(whole.headers.get('content-disposition') ?? '', /filename/)
  const part = await ann.must(206, 'GET', path, { headers: { range: 'bytes=100-199' } })
  assert.deepEqual(part.body, receipt.subarray(100, 200))
  assert.equal(part.headers.get('content-range'), `bytes 100-199/${receipt.length}`)
  const tail = await ann.must(206, 'GET', path, { headers: { range: 'bytes=-50' } })
  assert.deepEqual(tail.body, receipt.subarray(-50))
  const beyond = await ann.must(416, 'GET', path, { headers: { range: `bytes=${receipt.length}-` } })
  assert.equal(beyond.body.code, 'range_not_satisfiable')
})

test('request ids go in and come out, and follow the job into the log', async () => {
  const id = `scenario-${randomUUID()}`
  const answer = await ann.send(receipt, { name: 'a.png', headers: { 'x-request-id': id } })
  assert.equal(answer.headers.get('x-request-id'), id)
  await ann.finished(answer.body.id)
  await service.until('logged', () => {
    const mine = service.events().filter((e) => e.request_id === id)
    return mine.some((e) => e.contour === 'api') && mine.some((e) => e.contour === 'worker' && e.job_id === answer.body.id)
  })
  const strange = await ann.call('GET', '/session', { headers: { 'x-request-id': 'no spaces, "quotes" {or} such' } })
  assert.notEqual(strange.headers.get('x-request-id'), 'no spaces, "quotes" {or} such')
})

test('a key is forgotten in time, and the same bytes are then a new paper', async () => {
  const quick = await Service.start({ DOCKET_API_IDEMPOTENCY_LIFE: '1s' })
  try {
    const c = await quick.person('ann')
    const bytes = sample('receipt-en.png')
    const first = await c.upload(bytes, { name: 'a.png', key: 'the-same' })
    await quick.until('forgotten', async () => (await c.upload(bytes, { name: 'a.png', key: 'the-same' })).id !== first.id)
  } finally { await quick.end() }
})
