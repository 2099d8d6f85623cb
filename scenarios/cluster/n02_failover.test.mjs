// The database dies under load, on a primary with a synchronous standby: restarted, and then killed and
// followed by its standby. All processes go on by themselves, and nothing acknowledged is lost.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../lib/cluster.mjs'
import { Ledger, check } from '../lib/ledger.mjs'
import { Load } from '../lib/load.mjs'
import { Servers } from '../lib/servers.mjs'

const settings = { DOCKET_WORKER_LEASE: '5s', DOCKET_WORKER_BACKOFF: '50ms', DOCKET_WORKER_MAX_ATTEMPTS: '20', DOCKET_API_MAX_QUEUED_PER_USER: '100000' }
const shape = { api: 2, worker: 2, inference: 1 }

let servers, cluster
before(async () => {
  servers = await Servers.start('standby')
  if (servers) cluster = await Cluster.start(servers, shape, settings)
})
after(async () => { await cluster?.end(); await servers?.end() })

const underLoad = (name, fn) =>
  test(name, async (t) => {
    if (!servers) return t.skip('PostgreSQL is not installed')
    const ledger = new Ledger(join(cluster.data, `${Date.now()}.ledger`))
    const people = new Map()
    for (const person of ['ann', 'bob', 'cleo']) people.set(person, await cluster.person(person))
    const load = new Load(ledger, people, { atOnce: 1e9, everyMs: 250, watch: 1 })
    try {
      await fn(load, t)
      await load.stop()
      for (const client of people.values()) for (const job of await client.all('/jobs', 200)) await client.finished(job.id)
      const { broken, ...counts } = await check(ledger, people)
      t.diagnostic(JSON.stringify({ ...counts, broken: broken.length }))
      assert.deepEqual(broken, [])
      for (const n of cluster.nodes) assert.ok(n.alive, `${n.name} has ended:\n${n.tail()}`)
    } finally { load.running = false; ledger.close() }
  })

// Until so many more uploads have been acknowledged, or one of those who upload has given up.
const more = async (load, n) => {
  const wanted = load.acked.length + n
  while (load.running && load.acked.length < wanted) await sleep(5)
}
const acksSince = async (load, t0) => {
  while (load.running && !load.acked.some((t) => t > t0)) await sleep(5)
  return load.acked.find((t) => t > t0) - t0
}

underLoad('PostgreSQL is restarted', async (load, t) => {
  await more(load, 12)
  const t0 = Date.now()
  servers.pg('a', 'restart')
  const back = Date.now()
  const first = await acksSince(load, back)
  const again = Date.now()
  await more(load, 24)
  t.diagnostic(`${load.rate(load.acked[0], t0).toFixed(1)} uploads/s before; away for ${back - t0} ms; the first acknowledged ${first} ms after, then ${load.rate(again, Date.now()).toFixed(1)}/s`)
})

const jobsAt = (which) => {
  const port = new URL(servers.env.TEST_PG_URL.replace(/,.*?\//, '/')).port
  const other = /,127\.0\.0\.1:(\d+)/.exec(servers.env.TEST_PG_URL)[1]
  return Number(servers.sql('SELECT count(*) FROM job', `postgresql://docket@127.0.0.1:${which === 'a' ? port : other}/postgres`)[0][0])
}

underLoad('the primary is killed and its standby promoted', async (load, t) => {
  await more(load, 12)
  const died = Date.now()
  servers.pg('a', 'kill')
  await sleep(300) // for a while there is neither
  servers.pg('b', 'promote')
  const promoted = Date.now()
  await acksSince(load, promoted)
  const again = load.acked.find((x) => x > promoted) - promoted
  await more(load, 12)
  const gap = Math.max(...load.acked.slice(1).map((x, i) => x - load.acked[i]))
  t.diagnostic(`promoted ${promoted - died} ms after the kill; an upload acknowledged ${again} ms after that; longest gap ${gap} ms`)
  assert.ok(load.acked.some((x) => x > promoted))
})

// Nobody has told it that there is another, and it would take what comes.
underLoad('the old primary comes back and is not written to', async (load, t) => {
  writeFileSync(join(servers.env.TEST_PG_DIR, 'standby-of-a.conf'), "synchronous_standby_names = ''\n")
  servers.pg('a', 'start')
  const before = { a: jobsAt('a'), b: jobsAt('b') }
  // Who starts now knows of no failover, and finds the old one first in its list.
  const late = cluster.node('api2')
  const had = late.events('upload.accepted').length
  assert.equal(await late.stop(), 0)
  await late.up()
  await late.until('uploaded to', () => !load.running || late.events('upload.accepted').length >= had + 5)
  assert.equal(jobsAt('a'), before.a)
  assert.ok(jobsAt('b') > before.b)
  t.diagnostic(`${jobsAt('b') - before.b} jobs to the new primary, none to the old`)
})
