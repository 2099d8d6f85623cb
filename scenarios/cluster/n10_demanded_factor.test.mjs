// A second factor that is demanded, at two nodes: each goes by its own setting, as they are restarted one after the
// other, and by what storage knows of the person, at once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PASSWORD } from '../lib/client.mjs'
import { Cluster } from '../lib/cluster.mjs'
import { Servers } from '../lib/servers.mjs'
import { temporaryFolder } from '../lib/service.mjs'
import { codeOf } from '../lib/totp.mjs'

const NEEDED = 'second_factor_setup_required'
let servers, cluster
before(async () => {
  servers = await Servers.start('pg')
  if (servers) cluster = await Cluster.start(servers, { api: 2 }, { DOCKET_GENERAL_BLOBS: `file:${temporaryFolder('factor')}` })
})
after(async () => { await cluster?.end(); await servers?.end() })

test('set up at one node, it opens the other as well; tokens and calendars rest and come back with it', async (t) => {
  if (!cluster) return t.skip('the servers are not installed')
  const [one, two] = cluster.of('api'), [at1, at2] = [one, two].map((n) => cluster.client(n))
  const { body } = await at1.must(201, 'POST', '/signup', { json: { email: 'ann@example.org', password: PASSWORD } })
  at1.token = at2.token = body.token
  const token = (await at1.must(201, 'POST', '/tokens', { json: { name: 'scanner', scopes: ['read'], password: PASSWORD } })).body.token
  const { path } = (await at1.must(201, 'POST', '/feeds', { json: { name: 'calendar', password: PASSWORD } })).body
  const demand = async (node) => {
    assert.equal(await node.stop(), 0)
    node.settings = { DOCKET_API_SECOND_FACTOR: 'all' }
    await node.up()
  }
  // What opens at a node: the session, the token, the calendar, and a log-in with whatever is at hand.
  const open = async (c, more = {}) => {
    const program = cluster.client(c === at1 ? one : two)
    program.token = token
    const answers = [await c.call('GET', '/documents'), await program.call('GET', '/documents'), await program.call('GET', path, { auth: false })]
    for (const a of answers) if (a.status !== 200) assert.deepEqual([a.status, a.body.code], [403, NEEDED])
    const login = await c.call('POST', '/login', { json: { email: 'ann@example.org', password: PASSWORD, ...more }, auth: false })
    return [...answers.map((a) => a.status), login.status, login.body.user?.second_factor_needed ?? login.body.code]
  }
  const rests = [403, 403, 403, 200, true], works = [200, 200, 200, 200, false]
  assert.deepEqual([await open(at1), await open(at2)], [works, works])
  await demand(one)
  assert.deepEqual([await open(at1), await open(at2)], [rests, works], 'the second node has not been told yet')
  await demand(two)
  assert.deepEqual([await open(at1), await open(at2)], [rests, rests])

  // Begun at one node, confirmed at the other.
  const { secret } = (await at1.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
  const code = codeOf(secret)
  await at2.must(200, 'POST', '/account/second-factor/confirm', { json: { code } })
  const passes = [200, 200, 200, 401, 'second_factor_required']
  assert.deepEqual([await open(at1), await open(at2)], [passes, passes])
  // A code is taken once, wherever it was shown: the one that confirmed at the second node opens nothing at the first.
  assert.deepEqual((await open(at1, { code })).slice(3), [403, 'wrong_code'])

  await at1.must(200, 'DELETE', '/account/second-factor', { json: { password: PASSWORD, code: codeOf(secret, 1) } })
  assert.deepEqual([await open(at1), await open(at2)], [rests, rests])
})
