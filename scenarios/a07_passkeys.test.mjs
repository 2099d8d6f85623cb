// Passkeys: one gesture on one's own device opens the account; nothing that was signed for another site, another
// moment or another person does.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { Passkey } from './lib/passkey.mjs'
import { adminOf, Service, serviceFor } from './lib/service.mjs'
import { codeOf } from './lib/totp.mjs'

const ORIGIN = 'http://localhost:8443'
const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_URL: ORIGIN })

const options = async (c, more = {}) => (await c.must(200, 'POST', '/account/passkey-options', { json: { password: PASSWORD, ...more } })).body
const add = async (c, passkey, name = 'phone') => (await c.must(201, 'POST', '/account/passkeys', { json: { name, credential: passkey.create(await options(c)) } })).body
const asked = async () => (await service.client().must(200, 'POST', '/login/passkey/options')).body
const login = (credential) => service.client().call('POST', '/login/passkey', { json: { credential } })
const withPasskey = async (name, kind) => {
  const c = await service.person(name)
  const passkey = new Passkey(ORIGIN, kind)
  return { c, passkey, row: await add(c, passkey) }
}
const refused = (answer) => { assert.equal(answer.status, 401, JSON.stringify(answer.body)); assert.equal(answer.body.code, 'passkey_refused') }

for (const kind of ['ES256', 'EdDSA', 'RS256'])
  test(`a passkey of kind ${kind} opens its owner's account, without a name and without a password`, async () => {
    const { c, passkey } = await withPasskey(`ann-${kind.toLowerCase()}`, kind)
    const answer = await login(passkey.get(await asked()))
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    assert.equal(answer.body.user.id, c.user.id)
    const d = service.client()
    d.token = answer.body.token
    await d.must(200, 'GET', '/session')
    const [listed] = (await c.must(200, 'GET', '/account/passkeys')).body.items
    assert.equal(listed.name, 'phone')
    assert.ok(listed.used_at)
  })

test('the service says that there are passkeys, and for whom', async () => {
  assert.equal((await service.client().must(200, 'GET', '/service', { auth: false })).body.passkeys, true)
  const c = await service.person('ben')
  const o = await options(c)
  assert.equal(o.rp.id, 'localhost')
  assert.equal((await asked()).rpId, 'localhost')
  assert.deepEqual(o.excludeCredentials, [])
})

test('adding one asks again who you are: the password, and the code where there is one', async () => {
  const c = await service.person('carl')
  assert.equal((await c.must(403, 'POST', '/account/passkey-options', { json: { password: 'not the password 1' } })).body.code, 'wrong_password')
  const { secret } = (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
  await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })
  await c.must(422, 'POST', '/account/passkey-options', { json: { password: PASSWORD } })
  assert.equal((await c.must(403, 'POST', '/account/passkey-options', { json: { password: PASSWORD, code: '000000' } })).body.code, 'wrong_code')
  const passkey = new Passkey(ORIGIN)
  await c.must(201, 'POST', '/account/passkeys', { json: { name: 'phone', credential: passkey.create(await options(c, { code: codeOf(secret, 1) })) } })
  // It stands for both factors.
  assert.equal((await login(passkey.get(await asked()))).status, 200)
})

test('a challenge is good once, and only for whom it was made', async () => {
  const { c, passkey } = await withPasskey('dora')
  const o = await asked()
  const credential = passkey.get(o)
  assert.equal((await login(credential)).status, 200)
  refused(await login(credential))
  refused(await login(passkey.get(o)))
  refused(await login(passkey.get({ ...o, challenge: randomBytes(32).toString('base64url') })))
  // One to add with is none to log in with, nor anybody else's.
  const mine = await options(c)
  refused(await login(passkey.get({ ...o, challenge: mine.challenge })))
  const other = await service.person('eve')
  refused(await other.call('POST', '/account/passkeys', { json: { name: 'x', credential: new Passkey(ORIGIN).create(mine) } }))
  refused(await c.call('POST', '/account/passkeys', { json: { name: 'x', credential: new Passkey(ORIGIN).create({ ...mine, challenge: (await asked()).challenge }) } }))
})

const wrongs = {
  'another origin': { origin: 'http://localhost:8444' },
  'an origin that begins alike': { origin: `${ORIGIN}.example` },
  'a page inside another site': { crossOrigin: true },
  'another type': { type: 'payment.get' },
  'another site': { rpId: 'example.org' },
  'nobody there': { flags: 0x04 },
  'a user who was not verified': { flags: 0x01 },
  'a backup that cannot be': { flags: 0x15 },
}
for (const [what, more] of Object.entries(wrongs)) {
  test(`refused at login: ${what}`, async () => {
    const { passkey } = await withPasskey('frank')
    refused(await login(passkey.get(await asked(), more)))
  })
  test(`refused at adding: ${what}`, async () => {
    const c = await service.person('gina')
    const flags = more.flags === undefined ? {} : { flags: more.flags | 0x40 }
    refused(await c.call('POST', '/account/passkeys', { json: { name: 'x', credential: new Passkey(ORIGIN).create(await options(c), { ...more, ...flags }) } }))
    assert.deepEqual((await c.must(200, 'GET', '/account/passkeys')).body.items, [])
  })
}

test('the signature must be of the very key, and the person the very owner', async () => {
  const { passkey } = await withPasskey('hans')
  const { c: other, passkey: theirs } = await withPasskey('ines')
  refused(await login(passkey.get(await asked(), { by: theirs })))
  refused(await login(passkey.get(await asked(), { id: theirs.id.toString('base64url') })))
  refused(await login(passkey.get(await asked(), { user: theirs.user })))
  refused(await login(new Passkey(ORIGIN).get(await asked(), { user: passkey.user })))
  const bent = passkey.get(await asked())
  const bytes = Buffer.from(bent.response.authenticatorData, 'base64url')
  bytes[36] ^= 1
  bent.response.authenticatorData = bytes.toString('base64url')
  refused(await login(bent))
  assert.equal((await other.must(200, 'GET', '/account/passkeys')).body.items[0].used_at, null)
})

test('a count that goes back tells of a copy', async () => {
  const { c, passkey } = await withPasskey('jan')
  assert.equal((await login(passkey.get(await asked(), { count: 7 }))).status, 200)
  refused(await login(passkey.get(await asked(), { count: 7 })))
  refused(await login(passkey.get(await asked(), { count: 3 })))
  assert.equal((await login(passkey.get(await asked(), { count: 8 }))).status, 200)
  const { items } = (await c.must(200, 'GET', '/audit')).body
  assert.equal(items.filter((e) => e.action === 'passkey.copied').length, 2)
})

test('keys of kinds that nobody asked for, cut short or of no curve are refused', async () => {
  const c = await service.person('kate')
  const tries = [Buffer.alloc(0), Buffer.from([0xa0]), randomBytes(77), Buffer.from('a401010327200621582000', 'hex')]
  for (const key of tries)
    refused(await c.call('POST', '/account/passkeys', { json: { name: 'x', credential: new Passkey(ORIGIN).create(await options(c), { key }) } }))
})

test('a passkey is renamed and removed by its owner alone, and known once', async () => {
  const { c, passkey, row } = await withPasskey('lena')
  const other = await service.person('mallory')
  assert.equal((await c.call('POST', '/account/passkeys', { json: { name: 'again', credential: passkey.create(await options(c)) } })).status, 409)
  assert.equal((await other.call('POST', '/account/passkeys', { json: { name: 'mine', credential: passkey.create(await options(other)) } })).status, 409)
  assert.equal((await options(c)).excludeCredentials[0].id, passkey.id.toString('base64url'))
  await other.must(404, 'PATCH', `/account/passkeys/${row.id}`, { json: { name: 'mine' } })
  await other.must(404, 'DELETE', `/account/passkeys/${row.id}`, { json: { password: PASSWORD } })
  await c.must(422, 'PATCH', `/account/passkeys/${row.id}`, { json: { name: '' } })
  await c.must(204, 'PATCH', `/account/passkeys/${row.id}`, { json: { name: 'ключ на кольце' } })
  assert.equal((await c.must(200, 'GET', '/account/passkeys')).body.items[0].name, 'ключ на кольце')
  await c.must(403, 'DELETE', `/account/passkeys/${row.id}`, { json: { password: 'not the password 1' } })
  await c.must(204, 'DELETE', `/account/passkeys/${row.id}`, { json: { password: PASSWORD } })
  passkey.user = Buffer.from(c.user.id.replaceAll('-', ''), 'hex').toString('base64url')
  refused(await login(passkey.get(await asked())))
  const actions = (await c.must(200, 'GET', '/audit')).body.items.map((e) => e.action)
  for (const action of ['passkey.created', 'passkey.renamed', 'passkey.ended']) assert.ok(actions.includes(action), action)
})

test('a disabled account stays shut', async () => {
  const { c, passkey } = await withPasskey('nora')
  const admin = await adminOf(service)
  await admin.must(200, 'PATCH', `/admin/users/${c.user.id}`, { json: { disabled: true } })
  const answer = await login(passkey.get(await asked()))
  assert.equal(answer.status, 403)
  assert.equal(answer.body.code, 'account_disabled')
})

test('where the service has no address that browsers trust, passkeys are off and say so', async () => {
  const plain = await Service.start({ DOCKET_API_PUBLIC_URL: 'http://192.168.1.2:8080' })
  try {
    assert.equal((await plain.client().must(200, 'GET', '/service', { auth: false })).body.passkeys, false)
    const c = await plain.person('ann')
    assert.equal((await c.must(409, 'POST', '/account/passkey-options', { json: { password: PASSWORD } })).body.code, 'passkeys_off')
    await c.must(409, 'POST', '/login/passkey/options', { auth: false })
  } finally { await plain.end() }
})
