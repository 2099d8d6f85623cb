// Two nodes limit as one: by network, by guessed account, by person.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PASSWORD } from '../lib/client.mjs'
import { Cluster } from '../lib/cluster.mjs'
import { Servers } from '../lib/servers.mjs'
import { sample, temporaryFolder } from '../lib/service.mjs'

const AUTH = 6, GUESSES = 3, UPLOADS = 64, SHARE = 4
let servers, cluster, nodes
before(async () => {
  servers = await Servers.start('pg')
  if (servers) cluster = await Cluster.start(servers, { api: 2 }, {
    DOCKET_API_AUTH_PER_MINUTE: AUTH, DOCKET_API_GUESSES_PER_MINUTE: GUESSES, DOCKET_API_UPLOADS_PER_MINUTE: UPLOADS, DOCKET_API_PROXIES: '1', DOCKET_API_MAX_HASHES: '16',
    DOCKET_GENERAL_BLOBS: `file:${temporaryFolder('limits')}` })
  nodes = cluster?.of('api').map((n) => cluster.client(n))
})
after(async () => { await cluster?.end(); await servers?.end() })

// How many of `n` calls, each at the next node, are let through; and how many a bucket of `limit` may by now.
const spread = async (n, call) => {
  const t0 = Date.now()
  const statuses = await call(Array.from({ length: n }, (_, i) => nodes[i % 2]))
  return { through: statuses.filter((s) => s !== 429).length, refilled: (limit) => Math.ceil(((Date.now() - t0) / 60000) * limit) }
}
const oneByOne = (fn) => async (clients) => { const all = []; for (const c of clients) all.push(await fn(c)); return all }
const from = (address) => ({ auth: false, headers: { 'x-forwarded-for': address } })

test('log-ins from one network, and wrong passwords for one account', async (t) => {
  if (!cluster) return t.skip('the servers are not installed')
  const guess = (address, email) => async (c) => (await c.call('POST', '/login', { json: { email, password: 'not the password 1' }, ...from(address) })).status
  const wide = await spread(2 * AUTH, (clients) => oneByOne(async (c) => guess('198.51.100.1', `n${Math.random()}@example.org`)(c))(clients))
  assert.ok(wide.through >= AUTH && wide.through <= AUTH + wide.refilled(AUTH), `${wide.through} of ${2 * AUTH}, ${AUTH} in a minute`)
  const deep = await spread(2 * GUESSES, oneByOne(guess('198.51.100.2', 'ann@example.org')))
  assert.ok(deep.through >= GUESSES && deep.through <= GUESSES + deep.refilled(GUESSES), `${deep.through} of ${2 * GUESSES}, ${GUESSES} in a minute`)
})

// Without the database nobody can be let in; who tries is told to come again, as often as one node alone allows, and
// when it is back has lost nothing by having tried.
test('log-ins while the database is away', async (t) => {
  if (!cluster) return t.skip('the servers are not installed')
  const there = { email: 'patient@example.org', password: PASSWORD }, late = from('198.51.100.4'), [node] = nodes
  await node.must(201, 'POST', '/signup', { json: there, ...from('198.51.100.5') })
  servers.pg('a', 'stop')
  const t0 = Date.now()
  const answers = await Promise.all(Array.from({ length: 2 * AUTH }, () => node.call('POST', '/login', { json: there, ...late })))
  const refilled = Math.ceil(((Date.now() - t0) / 60000) * AUTH)
  servers.pg('a', 'start')
  for (const { status, headers } of answers) assert.ok([429, 503].includes(status) && Number(headers.get('retry-after')) > 0, `${status}, Retry-After: ${headers.get('retry-after')}`)
  const through = answers.filter((a) => a.status === 503).length
  t.diagnostic(`${through} of ${2 * AUTH} answered 503 within ${Date.now() - t0} ms, the others 429`)
  assert.ok(through >= 1 && through <= AUTH + refilled, `${through} of ${2 * AUTH}`)
  for (const c of nodes) assert.equal((await c.call('POST', '/login', { json: there, ...from('198.51.100.6') })).status, 200)
})

test("one person's uploads, also all at once", async (t) => {
  if (!cluster) return t.skip('the servers are not installed')
  const { body } = await nodes[0].must(201, 'POST', '/signup', { json: { email: 'eager@example.org', password: PASSWORD }, ...from('198.51.100.3') })
  for (const c of nodes) c.token = body.token
  const { through, refilled } = await spread(100, (clients) => Promise.all(clients.map(async (c) => (await c.send(sample('receipt-en.png'), { name: 'a.png' })).status)))
  t.diagnostic(`${through} of 100, ${UPLOADS} in a minute`)
  assert.ok(through >= UPLOADS - 2 * SHARE && through <= UPLOADS + 2 * SHARE + refilled(UPLOADS), `${through} of 100`)
})
