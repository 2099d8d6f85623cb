// The database is gone, or hangs, while people look at their papers: what needs it is refused at once, and what does not
// is answered as ever, although the same threads serve both.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../lib/cluster.mjs'
import { Servers } from '../lib/servers.mjs'
import { sample } from '../lib/service.mjs'

let servers, cluster, node, person, job
before(async () => {
  servers = await Servers.start('pg')
  if (!servers) return
  cluster = await Cluster.start(servers, { api: 1 }, { DOCKET_API_THREADS: '2' })
  node = cluster.of('api')[0]
  person = await cluster.person('ann')
  job = await person.upload(sample('receipt-en.png'), { name: 'a.png' })
})
after(async () => { await cluster?.end(); await servers?.end() })

const timed = async (path, headers = {}, port = node.port) => {
  const t0 = performance.now()
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(60_000) })
  await answer.arrayBuffer()
  return { status: answer.status, ms: performance.now() - t0, retryAfter: Number(answer.headers.get('retry-after')) }
}
const asAnn = (path) => timed(path, { authorization: `Bearer ${person.token}` })
const looks = () => [...Array.from({ length: 40 }, () => asAnn(`/jobs/${job.id}`)), ...Array.from({ length: 10 }, () => asAnn('/session')), ...Array.from({ length: 10 }, () => asAnn('/documents'))]
const slowest = (answers) => Math.max(...answers.map((a) => a.ms))
// Whoever watches over the node: one that was late in saying that it lives would be ended, and could not start again.
const watched = (path) => timed(path, {}, node.adminPort)

for (const [what, go, back] of [['is stopped', 'stop', 'start'], ['hangs', 'freeze', 'thaw']])
  test(`the database ${what}`, async (t) => {
    if (!cluster) return t.skip('PostgreSQL is not installed')
    servers.pg('a', go)
    try {
      const first = await Promise.all(looks())
      assert.ok(first.every((a) => a.status === 503 && a.retryAfter > 0), JSON.stringify(first.find((a) => a.status !== 503)))
      const noticed = slowest(first)
      assert.ok(noticed < 4000, `noticed after ${noticed.toFixed(0)} ms`)
      // From now on, for longer than a look-up waits for the database.
      let refused = 0, served = 0, watchers = 0
      for (const end = Date.now() + 6000; Date.now() < end; await sleep(100)) {
        const open = ['/', '/service', '/openapi.yaml'].map((path) => timed(path))
        const ready = Array.from({ length: 3 }, () => watched('/readyz')), lives = [watched('/healthz'), watched('/metrics')]
        const [mine, theirs, ...watching] = await Promise.all([Promise.all(looks()), Promise.all(open), Promise.all(ready), Promise.all(lives)])
        assert.deepEqual(watching.map((all) => [...new Set(all.map((a) => a.status))]), [[503], [200]])
        watchers = Math.max(watchers, ...watching.map(slowest))
        assert.ok(mine.every((a) => a.status === 503))
        assert.ok(theirs.every((a) => a.status === 200))
        refused = Math.max(refused, slowest(mine))
        served = Math.max(served, slowest(theirs))
      }
      t.diagnostic(`noticed after ${noticed.toFixed(0)} ms; then refused within ${refused.toFixed(0)} ms, served within ${served.toFixed(0)} ms, watchers answered within ${watchers.toFixed(0)} ms`)
      assert.ok(Math.max(refused, served, watchers) < 2000, `refused within ${refused.toFixed(0)} ms, served within ${served.toFixed(0)} ms, watchers answered within ${watchers.toFixed(0)} ms`)
    } finally { servers.pg('a', back) }
    const t0 = Date.now()
    while ((await asAnn(`/jobs/${job.id}`)).status !== 200) {
      assert.ok(Date.now() - t0 < 20_000, 'still away')
      await sleep(50)
    }
    t.diagnostic(`back ${Date.now() - t0} ms after the database`)
  })
