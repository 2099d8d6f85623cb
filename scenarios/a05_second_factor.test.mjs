// The second factor and API tokens: what else than a password opens an account, and how far.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { Mailbox, tokenIn } from './lib/mailbox.mjs'
import { docket, sample, Service, serviceFor } from './lib/service.mjs'
import { base32, codeOf } from './lib/totp.mjs'

const service = serviceFor({ before, after })
const login = (c, more = {}) => c.call('POST', '/login', { json: { email: c.email, password: PASSWORD, ...more }, auth: false })
const withFactor = async (name) => {
  const c = await service.person(name)
  const { secret, uri } = (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
  assert.match(uri, new RegExp(`^otpauth://totp/Docket:.*secret=${secret}`))
  const { recovery_codes } = (await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })).body
  return { c, secret, codes: recovery_codes }
}

test('once confirmed, login asks for a code, and each code serves once', async () => {
  const { c, secret } = await withFactor('ann')
  assert.equal((await c.must(200, 'GET', '/session')).body.user.second_factor, true)
  const without = await login(c)
  assert.equal(without.status, 401)
  assert.equal(without.body.code, 'second_factor_required')
  assert.equal((await login(c, { code: '000000' })).body.code, 'wrong_code')
  assert.equal((await login(c, { code: codeOf(secret) })).body.code, 'wrong_code', 'the code that confirmed it is used up')
  assert.equal((await login(c, { code: codeOf(secret, 1) })).status, 200)
  assert.equal((await login(c, { code: codeOf(secret, 1) })).body.code, 'wrong_code')
})

test('a wrong password is told before anything of the second factor', async () => {
  const { c, secret } = await withFactor('bob')
  const answer = await c.call('POST', '/login', { json: { email: c.email, password: 'not the password 1', code: codeOf(secret, 1) }, auth: false })
  assert.equal(answer.body.code, 'bad_credentials')
})

test('a recovery code serves once, in whatever case', async () => {
  const { c, codes } = await withFactor('carl')
  assert.equal(new Set(codes).size, 10)
  for (const code of codes) assert.match(code, /^[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){5}$/) // 24 of 32 letters: 120 bits
  assert.equal((await login(c, { code: codes[0].toUpperCase() })).status, 200)
  assert.equal((await login(c, { code: codes[0] })).body.code, 'wrong_code')
  // Each stands for the factor, so whoever makes new ones proves that they have it.
  const renew = (more, status) => c.must(status, 'POST', '/account/second-factor/recovery-codes', { json: { password: PASSWORD, ...more } })
  assert.match((await renew({}, 422)).body.detail, /^code/)
  assert.equal((await renew({ code: codes[0] }, 403)).body.code, 'wrong_code')
  const fresh = (await renew({ code: codes[2] }, 200)).body.recovery_codes
  assert.equal((await login(c, { code: codes[1] })).body.code, 'wrong_code')
  assert.equal((await login(c, { code: fresh[1] })).status, 200)
})

test('ending it takes the password and a code', async () => {
  const { c, secret } = await withFactor('dora')
  await c.must(409, 'POST', '/account/second-factor', { json: { password: PASSWORD } })
  await c.must(403, 'DELETE', '/account/second-factor', { json: { password: 'not the password 1', code: codeOf(secret, 1) } })
  assert.equal((await c.must(403, 'DELETE', '/account/second-factor', { json: { password: PASSWORD, code: '000000' } })).body.code, 'wrong_code')
  await c.must(200, 'DELETE', '/account/second-factor', { json: { password: PASSWORD, code: codeOf(secret, 1) } })
  assert.equal((await login(c)).status, 200)
})

// Who has the password and not the phone: of a million codes three are right at any moment.
test('codes cannot be guessed, and whoever tries keeps the owner neither out nor in the dark', async () => {
  const box = await Mailbox.open()
  const own = await Service.start({ DOCKET_MAIL_SMTP: box.url, DOCKET_MAIL_FROM: 'docket@example.org', DOCKET_MAIL_TLS: 'off', DOCKET_API_PUBLIC_URL: 'http://docket.example', DOCKET_API_PROXIES: '1' })
  try {
    const c = await own.person('hanna')
    const { secret } = (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
    const { recovery_codes } = (await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })).body
    const enter = (code, more = {}) => c.call('POST', '/login', { json: { email: c.email, password: PASSWORD, code, ...more }, auth: false, headers: { 'x-forwarded-for': `198.51.100.${Math.ceil(Math.random() * 250)}` } })
    for (let i = 0; i < 5; i++) assert.equal((await enter('000000')).body.code, 'wrong_code')
    const refused = await enter('000000')
    assert.deepEqual([refused.status, refused.body.code], [429, 'rate_limited'])
    const wait = Number(refused.headers.get('retry-after'))
    assert.ok(wait > 20 && wait <= 31, `Retry-After: ${wait}`)
    assert.equal((await enter(codeOf(secret, 1))).status, 429, 'nobody learns meanwhile whether a code is right')
    // Without the password nobody gets so far; with a recovery code the owner does; and it is not forgotten.
    assert.equal((await enter('000000', { password: 'not the password 1' })).body.code, 'bad_credentials')
    assert.equal((await enter(recovery_codes[0])).status, 200)
    await own.stop()
    await own.up()
    assert.equal((await enter(codeOf(secret, 1))).status, 429)
    const letter = await box.letterTo(own, c.email, /tries codes/)
    assert.match(letter.text, /choose a new password/)
    assert.equal((await c.must(200, 'GET', '/audit?limit=50')).body.items.filter((e) => e.action === 'second_factor.guessed').length, 1)
    // A new password ends it: whoever guessed does not know that one.
    await c.must(204, 'POST', '/password-reset', { json: { email: c.email }, auth: false })
    const password = 'nine grey kettles 52'
    await c.must(204, 'POST', '/password-reset/confirm', { json: { token: tokenIn(await box.letterTo(own, c.email, /new password/)), password }, auth: false })
    assert.equal((await enter(codeOf(secret, 1), { password })).status, 200)
    assert.ok(!box.letters.some((l) => /tries codes/.test(l.subject)), 'one letter is enough')
  } finally { await own.end(); await box.close() }
})

const token = async (c, scopes, more = {}) => {
  const { body } = await c.must(201, 'POST', '/tokens', { json: { name: 'scanner', scopes, password: PASSWORD, ...more } })
  const d = service.client()
  d.token = body.token
  return { d, key: body.key }
}

test('an API token does what its scopes say and nothing of the account', async () => {
  const c = await service.person('emil')
  const { job } = await c.read(sample('receipt-en.png'), { name: 'a.png' })
  const { d: reader } = await token(c, ['read'])
  await reader.must(200, 'GET', '/documents')
  await reader.must(200, 'GET', `/results/${job.id}`)
  assert.equal((await reader.send(sample('receipt-en.png'), { name: 'b.png' })).body.code, 'insufficient_scope')
  assert.equal((await reader.must(403, 'DELETE', `/jobs/${job.id}`)).body.code, 'insufficient_scope')
  const { d: scanner } = await token(c, ['upload'])
  assert.equal((await scanner.send(sample('receipt-en.png'), { name: 'b.png' })).status, 202)
  await scanner.must(403, 'GET', '/documents')
  // To send papers is not to change or to delete them; to read is to export.
  await scanner.must(403, 'POST', '/bulk', { json: { action: 'trash', ids: [job.document_id] } })
  await scanner.must(403, 'POST', `/documents/${job.document_id}/reprocess`)
  await scanner.must(403, 'GET', '/export?format=csv')
  await reader.must(200, 'GET', '/export?format=csv')
  const { d: all } = await token(c, ['read', 'upload', 'write'])
  for (const [method, path, json] of [['GET', '/sessions'], ['GET', '/audit'], ['POST', '/account/password', { password: PASSWORD, new_password: 'nine grey kettles 52' }],
    ['DELETE', '/account', { password: PASSWORD }], ['POST', '/tokens', { name: 'x', scopes: ['read'] }], ['POST', '/account/export']])
    assert.equal((await all.must(403, method, path, { json })).body.code, 'insufficient_scope', path)
})

test('a token is shown once, listed without its text, and ends', async () => {
  const c = await service.person('fritz')
  const { d, key } = await token(c, ['read'], { expires_in_days: 7 })
  const list = await c.must(200, 'GET', '/tokens')
  assert.ok(!JSON.stringify(list.body).includes(d.token))
  assert.equal(list.body.items[0].id, key.id)
  assert.ok(Date.parse(list.body.items[0].expires_at) > Date.now() + 6 * 86_400_000)
  await c.must(204, 'DELETE', `/tokens/${key.id}`)
  await d.must(401, 'GET', '/documents')
  await c.must(422, 'POST', '/tokens', { json: { name: 'x', scopes: ['everything'], password: PASSWORD } })
  await c.must(422, 'POST', '/tokens', { json: { name: 'x', scopes: [], password: PASSWORD } })
  // A session alone makes none: whoever borrows one has no key to keep.
  await c.must(422, 'POST', '/tokens', { json: { name: 'x', scopes: ['read'] } })
  assert.equal((await c.must(403, 'POST', '/tokens', { json: { name: 'x', scopes: ['read'], password: 'not the password 1' } })).body.code, 'wrong_password')
  assert.equal((await c.must(403, 'POST', '/feeds', { json: { name: 'x', password: 'not the password 1' } })).body.code, 'wrong_password')
  await c.must(422, 'POST', '/feeds', { json: { name: 'x' } })
  assert.equal((await c.must(403, 'POST', '/webhooks', { json: { url: 'https://hooks.example.org/', events: ['document.done'], password: 'not the password 1' } })).body.code, 'wrong_password')
})

test('nobody has more keys in force than their list shows', async () => {
  const c = await service.person('gustav')
  const make = () => c.call('POST', '/feeds', { json: { name: 'phone', password: PASSWORD } })
  // Each is a hash to compute, and no more than 64 wait for one.
  const made = (await Promise.all(Array.from({ length: 50 }, make))).concat(await Promise.all(Array.from({ length: 50 }, make)))
  assert.ok(made.every((a) => a.status === 201))
  assert.equal((await make()).status, 422)
  assert.equal((await c.must(200, 'GET', '/feeds')).body.items.length, 100)
  await c.must(204, 'DELETE', `/feeds/${made[0].body.key.id}`)
  assert.equal((await make()).status, 201)
})

test('secrets stand sealed in storage, open with their key alone, and a lost key is named', async () => {
  const own = await Service.start({ DOCKET_API_GUESSES_PER_MINUTE: '3' })
  try {
    const c = await own.person('greta')
    const { secret } = (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
    const { recovery_codes } = (await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })).body
    const hook = (await c.must(201, 'POST', '/webhooks', { json: { url: 'https://hooks.example.org/', events: ['document.done'], password: PASSWORD } })).body
    const enter = (code) => own.client().call('POST', '/login', { json: { email: c.email, password: PASSWORD, code }, auth: false })
    await own.stop()
    const files = readdirSync(own.data).filter((f) => f.startsWith('docket.db'))
    assert.ok(files.some((f) => readFileSync(join(own.data, f)).includes(c.email)), 'the search itself finds things')
    for (const f of files) for (const s of [base32(secret), Buffer.from(hook.secret)]) assert.ok(!readFileSync(join(own.data, f)).includes(s), f)
    const key = join(own.data, 'secret.key')
    assert.equal(statSync(key).mode & 0o777, 0o600)
    const doctor = () => spawnSync(docket, ['doctor', '--general-data', own.data], { encoding: 'utf8', env: own.environment() }).stdout
    assert.match(doctor(), /^ok +secrets .*opens all 2/m)

    renameSync(key, `${key}.away`)
    writeFileSync(key, `${'5a'.repeat(32)}\n`, { mode: 0o600 })
    assert.match(doctor(), /^WRONG +secrets .*2 of 2 secrets are sealed with another key/m)
    await own.up()
    assert.ok(own.events().some((e) => e.event === 'secrets.lost' && e.secrets === 2))
    // None can be right, so nobody guesses: no code counts, the recovery codes wait for nothing, no letter, no entry.
    for (const code of [codeOf(secret, 1), ...Array(7).fill('000000')]) assert.equal((await enter(code)).body.code, 'secret_unreadable')
    const entered = await enter(recovery_codes[0])
    assert.equal(entered.status, 200, 'a recovery code still serves')
    c.token = entered.body.token
    assert.ok(!(await c.must(200, 'GET', '/audit?limit=50')).body.items.some((e) => e.action === 'second_factor.guessed'))
    await own.stop()
    renameSync(`${key}.away`, key)
    await own.up()
    assert.equal((await enter(codeOf(secret, 1))).status, 200)
  } finally { await own.end() }
})
