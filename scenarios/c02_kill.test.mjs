// kill -9 of whatever runs, in the middle of jobs: every acknowledged upload ends done, with exactly
// one result, and a result once seen never changes.
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Service, killQuietly, sample } from './lib/service.mjs'

const paper = sample('receipt-en.png')
const quick = { DOCKET_WORKER_LEASE: '2s', DOCKET_WORKER_BACKOFF: '50ms', DOCKET_WORKER_MAX_ATTEMPTS: '20', DOCKET_WORKER_MAX_CRASHES: '20' }
const fingerprint = (o) => createHash('sha256').update(JSON.stringify(o)).digest('hex')

// Uploads with a key that is repeated until an answer comes: nobody knows what became of a request
// whose connection broke.
const surely = async (person, key, service) => {
  for (;;) {
    const answer = await person.send(paper, { name: 'a.png', key }).catch(() => null)
    if (answer?.status === 202) return answer.body.id
    if (answer && ![409, 429, 503].includes(answer.status)) throw new Error(`upload: ${answer.status} ${JSON.stringify(answer.body)}`)
    await sleep(30)
    if (!service.alive && !service.restarting) throw new Error(`the service is gone:\n${service.tail()}`)
  }
}

const allDone = async (person, ids) => {
  for (const id of ids) {
    const job = await person.finished(id)
    assert.equal(job.status, 'done', `${id}: ${JSON.stringify(job.error)}`)
    const result = await person.result(id)
    assert.equal(result.fields.total.normalized.amount, '17.17')
    assert.equal(fingerprint(await person.result(id)), fingerprint(result))
  }
  assert.deepEqual((await person.all('/jobs')).map((j) => j.id).sort(), [...ids].sort())
  assert.equal((await person.all('/documents')).length, ids.length)
}

test('parsers killed while they read', async () => {
  const service = await Service.start(quick)
  try {
    const ann = await service.person('ann')
    const ids = []
    for (let i = 0; i < 4; i++) ids.push((await ann.upload(paper, { name: `${i}.png` })).id)
    let killed = 0
    for (let round = 0; round < 6; round++) {
      await service.until('a job running', async () => (await Promise.all(ids.map((id) => ann.job(id)))).some((j) => j.stage === 'parsing') ||
        (await Promise.all(ids.map((id) => ann.job(id)))).every((j) => j.status === 'done'))
      for (const { pid } of service.parsers()) killed += killQuietly(pid)
      await sleep(120 * round)
    }
    assert.ok(killed > 0)
    await allDone(ann, ids)
    assert.ok(service.alive)
  } finally { await service.end() }
})

test('nurseries killed while documents are read: nobody notices', async () => {
  const service = await Service.start({ ...quick, DOCKET_WORKER_MAX_ATTEMPTS: '1' })
  try {
    const ann = await service.person('ann')
    const ids = []
    let killed = 0
    for (let i = 0; i < 6; i++) {
      ids.push((await ann.upload(paper, { name: `${i}.png` })).id)
      for (const { pid } of service.nurseries()) killed += killQuietly(pid)
      await sleep(50 * i)
    }
    assert.ok(killed >= 2, `${killed} killed: it does not come back`)
    await allDone(ann, ids)
    for (const id of ids) assert.equal((await ann.job(id)).attempt, 1)
    assert.ok(service.alive)
  } finally { await service.end() }
})

test('inference killed again and again', async () => {
  const service = await Service.start(quick)
  try {
    const ann = await service.person('ann')
    const ids = []
    let killed = 0
    for (let i = 0; i < 5; i++) {
      ids.push((await ann.upload(paper, { name: `${i}.png` })).id)
      await sleep(150)
      for (const { pid } of service.inference()) killed += killQuietly(pid)
    }
    assert.ok(killed >= 2, `${killed} killed: it does not come back`)
    await allDone(ann, ids)
  } finally { await service.end() }
})

test('the whole service killed in the middle of uploads and jobs', async () => {
  const service = await Service.start(quick)
  try {
    const ann = await service.person('ann')
    const ids = new Set()
    // Four papers a round, so that each round finds some on their way in, however fast or slow the machine.
    let allowed = 0
    const uploads = [0, 1].map(async () => {
      while (allowed < Infinity) {
        if (ids.size < allowed) ids.add(await surely(ann, randomUUID(), service))
        else await sleep(5)
      }
    })
    for (let round = 0; round < 4; round++) {
      allowed = ids.size + 4
      await sleep(150 + 280 * round)
      service.restarting = true
      await service.kill()
      await service.up()
      service.restarting = false
    }
    await service.until('taken', () => ids.size >= allowed, 60)
    allowed = Infinity
    await Promise.all(uploads)
    assert.ok(ids.size >= 6, `only ${ids.size} uploads`)
    await allDone(ann, [...ids])
  } finally { await service.end() }
})

test('told to stop in the middle of a job it releases it, exits 0, and the next start finishes it', async () => {
  const service = await Service.start({ ...quick, DOCKET_WORKER_STOP_GRACE: '100ms' })
  try {
    const ann = await service.person('ann')
    const ids = []
    for (let i = 0; i < 4; i++) ids.push((await ann.upload(sample('letter-fax.tiff'), { name: `${i}.tiff` })).id)
    await service.until('running', async () => (await ann.job(ids[0])).status !== 'queued')
    const { code, seconds } = await service.stop()
    assert.equal(code, 0)
    assert.ok(seconds < 30, `${seconds} s`)
    await service.up()
    for (const id of ids) {
      const job = await ann.finished(id)
      assert.equal(job.status, 'done')
      assert.equal(job.attempt, 1, 'a released attempt does not count')
    }
  } finally { await service.end() }
})
