// Two APIs, three workers and two inference processes on PostgreSQL and an S3 store are one service,
// whatever is killed, frozen or restarted. CHAOS_SECONDS and CHAOS_SEED choose other numbers.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../lib/cluster.mjs'
import { Ledger, check } from '../lib/ledger.mjs'
import { Load } from '../lib/load.mjs'
import { random } from '../lib/papers.mjs'
import { Servers } from '../lib/servers.mjs'
import { killQuietly, sample } from '../lib/service.mjs'

const seconds = Number(process.env.CHAOS_SECONDS ?? 12)
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1e9)
const lease = 2000
const quick = { DOCKET_WORKER_LEASE: `${lease}ms`, DOCKET_WORKER_BACKOFF: '50ms', DOCKET_WORKER_MAX_ATTEMPTS: '20', DOCKET_WORKER_MAX_CRASHES: '20', DOCKET_WORKER_SLOTS: '1' }
const slow = () => sample('letter-fax.tiff') // takes a second or more

let servers
before(async () => { servers = await Servers.start('pg', 's3') })
after(async () => { await servers?.end() })

const withCluster = (name, shape, settings, fn) =>
  test(name, async (t) => {
    if (!servers) return t.skip('the servers are not installed')
    const cluster = await Cluster.start(servers, shape, settings)
    try { await fn(cluster, t) } finally { await cluster.end() }
  })

// Whose attempt runs now: the worker whose log told of it last.
const holder = async (cluster, id, attempt) => {
  for (;;) {
    for (const n of cluster.of('worker'))
      if (n.events('job.claimed').some((e) => e.job_id === id && e.attempt >= attempt)) return n
    await sleep(10)
  }
}

withCluster(`random kills and freezes of all nodes for ${seconds} s (seed ${seed})`, { api: 2, worker: 3, inference: 2 }, quick, async (cluster, t) => {
  const r = random(seed)
  const ledger = new Ledger(join(cluster.data, 'ledger.jsonl'))
  const people = new Map()
  for (const name of ['ann', 'bob']) people.set(name, await cluster.person(name))
  const load = new Load(ledger, people, { atOnce: 8 })
  const faults = { killed: 0, frozen: 0, parsers: 0 }
  try {
    const end = Date.now() + seconds * 1000
    while (Date.now() < end && load.running) {
      await sleep(r.below(400))
      const node = cluster.nodes[r.below(cluster.nodes.length)], pick = r.below(10)
      if (pick < 5) {
        await node.kill()
        faults.killed++
        await sleep(r.below(300))
        await node.up()
      } else if (pick < 8) {
        node.signal('SIGSTOP')
        faults.frozen++
        await sleep(lease + r.below(500))
        node.signal('SIGCONT')
      } else for (const { pid } of cluster.of('worker').flatMap((n) => n.parsers())) faults.parsers += killQuietly(pid)
    }
    await load.stop()
    for (const client of people.values()) for (const job of await client.all('/jobs', 200)) await client.finished(job.id)
    const { broken, ...counts } = await check(ledger, people)
    t.diagnostic(JSON.stringify({ faults, ...counts, broken: broken.length }))
    assert.deepEqual(broken, [])
    // From the inside: of each job one attempt, and no more, brought a result.
    assert.deepEqual(servers.sql("SELECT job_id FROM attempt WHERE outcome = 'done' GROUP BY job_id HAVING count(*) > 1"), [])
    assert.deepEqual(servers.sql("SELECT object FROM audit WHERE action = 'result.stored' GROUP BY object HAVING count(*) > 1"), [])
  } finally { load.running = false; ledger.close() }
})

withCluster('a worker frozen past its lease comes back and changes nothing', { api: 1, worker: 2, inference: 1 }, quick, async (cluster) => {
  const ann = await cluster.person('ann')
  const { id } = await ann.upload(slow(), { name: 'a.tiff' })
  const first = await holder(cluster, id, 1)
  first.signal('SIGSTOP')
  const done = await ann.finished(id)
  const result = await ann.result(id)
  assert.equal(done.status, 'done')
  assert.equal(done.attempt, 2)
  first.signal('SIGCONT')
  await first.until('told that the job is not its own any more', () => first.events('job.dropped').concat(first.events('job.unsettled')).some((e) => e.job_id === id))
  assert.deepEqual(await ann.job(id), done)
  assert.deepEqual(await ann.result(id), result)
})

withCluster('a job whose worker was killed runs again at once', { api: 1, worker: 2, inference: 1 }, { ...quick, DOCKET_WORKER_LEASE: '600s' }, async (cluster, t) => {
  const ann = await cluster.person('ann')
  const took = []
  for (let round = 0; round < 5; round++) {
    const { id } = await ann.upload(slow(), { name: 'a.tiff', key: randomUUID() })
    const first = await holder(cluster, id, 1)
    const t0 = Date.now()
    await first.kill()
    await holder(cluster, id, 2)
    took.push(Date.now() - t0)
    assert.equal((await ann.finished(id)).status, 'done') // long before its lease has run out
    await first.up()
  }
  t.diagnostic(`running again after ${took.join(', ')} ms`)
})

withCluster('a rolling restart refuses nothing', { api: 2, worker: 2, inference: 2 }, { ...quick, DOCKET_API_DRAIN: '1s' }, async (cluster, t) => {
  const ann = await cluster.person('ann')
  const ids = []
  let asking = true, asked = 0
  const people = [0, 1, 2].map(async (p) => {
    while (asking) {
      if (p === 0) {
        ids.push((await ann.upload(sample('receipt-en.png'), { name: 'a.png', key: randomUUID() })).id)
        await sleep(100) // each must be read in the end
      } else await ann.must(200, 'GET', ids.length ? `/jobs/${ids.at(-1)}?wait=${p - 1}` : '/jobs')
      asked++
    }
  })
  for (const end of people) end.catch(() => { asking = false })
  for (const node of cluster.nodes) {
    assert.equal(await node.stop(), 0)
    await node.up()
  }
  asking = false
  await Promise.all(people)
  assert.deepEqual(cluster.balancer.failures, [])
  for (const id of ids) {
    const job = await ann.finished(id)
    assert.equal(job.status, 'done')
    assert.equal(job.attempt, 1, 'who leaves in order gives its jobs back unharmed')
  }
  t.diagnostic(`${asked} requests, ${ids.length} papers, ${cluster.nodes.length} nodes restarted`)
})

// As long as it takes in the field: the default lease.
withCluster('a job whose machine is gone runs elsewhere', { api: 1, worker: 2, inference: 1 }, { DOCKET_WORKER_SLOTS: '1' }, async (cluster, t) => {
  if (!process.env.CHAOS_SECONDS) return t.skip('takes 40 s: ./test --long')
  const ann = await cluster.person('ann')
  const { id } = await ann.upload(slow(), { name: 'a.tiff' })
  const first = await holder(cluster, id, 1)
  const t0 = Date.now()
  first.signal('SIGSTOP')
  await holder(cluster, id, 2)
  t.diagnostic(`running again after ${Date.now() - t0} ms`)
  assert.equal((await ann.finished(id)).status, 'done')
})
