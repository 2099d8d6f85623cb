// A second factor that whoever runs the service demands: who has none gets what sets one up or
// lets them leave, and nothing else.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { operations } from './lib/openapi.mjs'
import { Passkey } from './lib/passkey.mjs'
import { adminOf, docket, Service, serviceFor } from './lib/service.mjs'
import { codeOf } from './lib/totp.mjs'

const ORIGIN = 'http://localhost:8443', NEEDED = 'second_factor_setup_required'
const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_URL: ORIGIN, DOCKET_API_SECOND_FACTOR: 'all' })
const login = (c, more = {}) => c.call('POST', '/login', { json: { email: c.email, password: PASSWORD, ...more }, auth: false })
const begin = async (c) => (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body.secret
const setUp = async (c) => {
  const secret = await begin(c)
  await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })
  return secret
}
const addPasskey = async (c, passkey) => c.must(201, 'POST', '/account/passkeys', {
  json: { name: 'phone', credential: passkey.create((await c.must(200, 'POST', '/account/passkey-options', { json: { password: PASSWORD } })).body) } })
const byPasskey = async (passkey) => {
  const asked = (await service.client().must(200, 'POST', '/login/passkey/options')).body
  return service.client().call('POST', '/login/passkey', { json: { credential: passkey.get(asked) } })
}
const refused = (answer) => assert.deepEqual([answer.status, answer.body.code], [403, NEEDED])
const needed = async (c) => (await c.must(200, 'GET', '/session')).body.user.second_factor_needed
const endFactor = (of, email) => spawnSync(docket, ['user', 'end-factor', email, '--data', of.data], { encoding: 'utf8', env: of.environment(), timeout: 60_000 })

test('who has none may set one up, and of all the rest nothing', async () => {
  const c = await service.person('ann')
  assert.equal(c.user.second_factor_needed, true)
  assert.equal((await login(c)).body.user.second_factor_needed, true)
  const open = ['GET /session', 'DELETE /account', 'POST /account/keep', 'POST /account/second-factor', 'POST /account/second-factor/confirm', 'GET /account/passkeys', 'POST /account/passkeys', 'POST /account/passkey-options']
  let tried = 0
  for (const { method, path, operation } of operations) {
    const name = `${method} ${path}`
    if (operation.security?.length === 0 || name === 'POST /logout') continue // for whoever asks
    const json = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}
    const answer = await c.call(method, path.replaceAll(/{[^}]+}/g, (p) => (p === '{n}' ? '1' : '019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d12')), json)
    const told = [answer.status, answer.body?.code]
    if (open.includes(name)) assert.notEqual(answer.body.code, NEEDED, name)
    else if (path.startsWith('/admin/')) assert.deepEqual(told, [404, 'not_found'], name)
    else assert.deepEqual(told, [403, NEEDED], name)
    tried++
  }
  assert.ok(tried > 50, `${tried} operations`)
  await c.must(204, 'POST', '/logout')
})

// Leaving asks for the password and can be taken back. What it does not do is hand the papers out: those are what the
// factor stands before, so who would take them along sets one up first.
test('who wants none may leave, with the password; the papers are handed out to nobody without it', async () => {
  const own = await Service.start({ DOCKET_ACCOUNT_GRACE: '1h' })
  try {
    const c = await own.person('lea')
    await c.must(202, 'POST', '/account/export')
    await own.until('exported', async () => (await c.must(200, 'GET', '/account/export')).body.status === 'done')
    await own.stop()
    own.settings.DOCKET_API_SECOND_FACTOR = 'all'
    await own.up()
    for (const [method, path] of [['POST', '/account/export'], ['GET', '/account/export'], ['GET', '/account/export/file'], ['GET', '/export']]) refused(await c.call(method, path))
    assert.equal((await c.call('DELETE', '/account', { json: { password: 'not the password 1' } })).body.code, 'wrong_password')
    const { user } = (await c.must(202, 'DELETE', '/account', { json: { password: PASSWORD } })).body
    assert.ok(Date.parse(user.deletion_at) > Date.now() && user.second_factor_needed)
    assert.equal((await c.must(200, 'POST', '/account/keep')).body.user.deletion_at, null)
    await own.stop()
    own.settings.DOCKET_ACCOUNT_GRACE = '0'
    await own.up()
    await c.must(202, 'DELETE', '/account', { json: { password: PASSWORD } })
    await own.until('erased', () => own.events().some((e) => e.event === 'user.erased'))
    assert.equal((await login(c)).status, 401)
  } finally { await own.end() }
})

test('codes by time open everything at once, also to who was logged in; ending them closes it again', async () => {
  const c = await service.person('bob')
  const secret = await begin(c)
  refused(await c.call('GET', '/documents')) // begun is not set up
  await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })
  assert.equal(await needed(c), false)
  await c.must(200, 'GET', '/documents')
  assert.equal((await login(c)).body.code, 'second_factor_required')
  await c.must(200, 'DELETE', '/account/second-factor', { json: { password: PASSWORD, code: codeOf(secret, 1) } })
  assert.equal(await needed(c), true)
  refused(await c.call('GET', '/documents'))
})

test('a passkey will do; then the password alone opens nothing, until whoever runs the service says so', async () => {
  const c = await service.person('carl'), passkey = new Passkey(ORIGIN)
  await addPasskey(c, passkey)
  assert.equal(await needed(c), false)
  await c.must(200, 'GET', '/documents')
  const answer = await login(c)
  assert.deepEqual([answer.status, answer.body.code], [401, 'passkey_required'])
  assert.equal((await login(c, { password: 'not the password 1' })).body.code, 'bad_credentials', 'who guesses learns nothing of it')
  assert.equal((await byPasskey(passkey)).status, 200)
  assert.match(endFactor(service, c.email).stdout, /has no passkey any more/)
  assert.equal((await byPasskey(passkey)).status, 401)
  const again = await login(c)
  assert.equal(again.body.user.second_factor_needed, true)
  c.token = again.body.token
  refused(await c.call('GET', '/documents'))
  assert.match(endFactor(service, c.email).stderr, /has no second factor/)
})

test('it holds for who was there before, and their programs and calendars rest with them', async () => {
  const own = await Service.start()
  try {
    const c = await own.person('dora'), d = own.client()
    assert.equal(c.user.second_factor_needed, false)
    d.token = (await c.must(201, 'POST', '/tokens', { json: { name: 'scanner', scopes: ['read', 'upload', 'write'], password: PASSWORD } })).body.token
    const { path } = (await c.must(201, 'POST', '/feeds', { json: { name: 'calendar', password: PASSWORD } })).body
    const all = async (status) => {
      for (const answer of [await c.call('GET', '/documents'), await d.call('GET', '/documents'), await d.send(Buffer.from('x'), { name: 'a.png' }), await own.client().call('GET', path)])
        if (status === 403) refused(answer)
        else assert.ok(answer.status < 300, `${answer.status}`)
    }
    await d.must(200, 'GET', '/documents')
    await own.stop()
    own.settings.DOCKET_API_SECOND_FACTOR = 'all'
    await own.up()
    await all(403)
    await setUp(c)
    await all(200)
  } finally { await own.end() }
})

test('of admins alone: others are left in peace, and who is made one is asked at once', async () => {
  const own = await Service.start({ DOCKET_API_SECOND_FACTOR: 'admins' })
  try {
    const c = await own.person('emil')
    assert.equal(await needed(c), false)
    await c.must(200, 'GET', '/documents')
    const admin = await adminOf(own)
    refused(await admin.call('GET', '/admin/users'))
    await setUp(admin)
    const people = (await admin.must(200, 'GET', '/admin/users')).body.items
    assert.ok(people.every((p) => p.user.second_factor_needed === false))
    await admin.must(200, 'PATCH', `/admin/users/${c.user.id}`, { json: { role: 'admin', password: PASSWORD } })
    refused(await c.call('GET', '/documents'))
    assert.deepEqual((await admin.must(200, 'GET', '/admin/users')).body.items.filter((p) => p.user.second_factor_needed).map((p) => p.user.id), [c.user.id])
    // Without an address that browsers take a passkey for, codes are what there is.
    await c.must(409, 'POST', '/account/passkey-options', { json: { password: PASSWORD } })
    await setUp(c)
    await c.must(200, 'GET', '/documents')
  } finally { await own.end() }
})

test('what is no such wish is refused at the start', async () => {
  await assert.rejects(Service.start({ DOCKET_API_SECOND_FACTOR: 'some' }), /off, admins or all/)
})
