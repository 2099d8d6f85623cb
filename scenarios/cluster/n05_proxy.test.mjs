// Two APIs behind nginx as deploy/ shows it, which knows of them only what it finds out by asking: restarted one after
// the other, they are one service all the while.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../lib/cluster.mjs'
import { Nginx } from '../lib/nginx.mjs'
import { Servers } from '../lib/servers.mjs'
import { sample } from '../lib/service.mjs'

let servers, cluster, nginx, token
before(async () => {
  servers = await Servers.start('pg')
  if (!servers) return
  // As in deploy/cluster.conf, but for the room: nobody reads what is uploaded.
  cluster = await Cluster.start(servers, { api: 2 }, { DOCKET_API_DRAIN: '5s', DOCKET_API_PROXIES: '1', DOCKET_API_MAX_QUEUED_PER_USER: '100000' })
  nginx = await Nginx.start(cluster.of('api').map((n) => n.port))
  token = (await cluster.person('ann')).token
})
after(async () => { await nginx?.end(); await cluster?.end(); await servers?.end() })

test('a rolling restart behind nginx refuses nothing', async (t) => {
  if (!nginx) return t.skip('PostgreSQL or nginx is not installed')
  const authorization = `Bearer ${token}`, refused = []
  await cluster.nodes[0].until('answered by nginx', async () => (await nginx.ask('GET', '/jobs', null, { authorization }).catch(() => null))?.status === 200)
  let asking = true, asked = 0
  const ask = async (what, wanted, ...request) => {
    const answer = await nginx.ask(...request).catch((error) => ({ status: error.message, text: '' }))
    if (answer.status !== wanted) refused.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`)
    asked++
  }
  const upload = () => ask('upload', 202, 'POST', '/upload', sample('receipt-en.png'), { authorization, 'content-type': 'image/png', 'idempotency-key': randomUUID() })
  const people = [upload, () => ask('look', 200, 'GET', '/jobs', null, { authorization }), () => ask('wait', 200, 'GET', '/jobs?limit=1', null, { authorization })].map(async (act) => {
    while (asking) { await act(); await sleep(30) }
  })
  try {
    for (const name of ['api1', 'api2', 'api1']) {
      assert.equal(await cluster.node(name).stop(), 0)
      await cluster.node(name).up()
    }
  } finally { asking = false; await Promise.all(people) }
  t.diagnostic(`${asked} requests, three restarts`)
  assert.deepEqual(refused, [], nginx.errorLog())
})
