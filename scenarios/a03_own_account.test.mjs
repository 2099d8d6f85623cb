// What people may change about themselves: sessions, e-mail, password, and leaving for good.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { sample, serviceFor } from './lib/service.mjs'

const service = serviceFor({ before, after }, { DOCKET_ACCOUNT_GRACE: '1h' })
const NEW = 'nine grey kettles 52'
const login = async (c, password = PASSWORD, headers = {}) =>
  (await c.must(200, 'POST', '/login', { json: { email: c.email, password }, headers, auth: false })).body.token

test('a session says when it ends', async () => {
  const c = await service.person('ann')
  const { body } = await c.must(200, 'GET', '/session')
  assert.ok(Date.parse(body.expires_at) > Date.now())
})

test('sessions are listed with device and network, and end one by one', async () => {
  const c = await service.person('ann')
  const phone = await login(c, PASSWORD, { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1' })
  const { items } = (await c.must(200, 'GET', '/sessions')).body
  assert.equal(items.length, 2)
  assert.equal(items[0].device, 'Safari, iPhone')
  assert.equal(items[0].address, '127.0.0.0/24')
  assert.deepEqual(items.map((s) => s.current), [false, true])
  await c.must(204, 'DELETE', `/sessions/${items[0].id}`)
  assert.equal((await c.call('GET', '/session', { headers: { authorization: `Bearer ${phone}` } })).status, 401)
  await c.must(404, 'DELETE', `/sessions/${items[0].id}`)
})

test('all other sessions end at once', async () => {
  const c = await service.person('ann')
  const others = [await login(c), await login(c)]
  await c.must(204, 'DELETE', '/sessions')
  for (const token of others) assert.equal((await c.call('GET', '/session', { headers: { authorization: `Bearer ${token}` } })).status, 401)
  await c.must(200, 'GET', '/session')
})

test('logging in leaves the session that the browser came with', async () => {
  const c = await service.person('ann')
  const old = c.token
  c.token = null
  await c.must(200, 'POST', '/login', { json: { email: c.email, password: PASSWORD }, headers: { cookie: `docket_session=${old}` } })
  assert.equal((await c.call('GET', '/session', { headers: { authorization: `Bearer ${old}` } })).status, 401)
})

test('a new password needs the old one, ends every session and gives a new one', async () => {
  const c = await service.person('ann')
  const other = await login(c)
  assert.equal((await c.must(403, 'POST', '/account/password', { json: { password: 'not the password 1', new_password: NEW } })).body.code, 'wrong_password')
  assert.equal((await c.must(422, 'POST', '/account/password', { json: { password: PASSWORD, new_password: 'short' } })).body.code, 'weak_password')
  const old = c.token
  c.token = (await c.must(200, 'POST', '/account/password', { json: { password: PASSWORD, new_password: NEW } })).body.token
  for (const token of [old, other]) assert.equal((await c.call('GET', '/session', { headers: { authorization: `Bearer ${token}` } })).status, 401)
  await c.must(200, 'GET', '/session')
  await c.must(401, 'POST', '/login', { json: { email: c.email, password: PASSWORD }, auth: false })
  await login(c, NEW)
})

test('without mail a new address is taken at once, with the password, and only if it is free', async () => {
  const [c, d] = [await service.person('ann'), await service.person('bob')]
  await c.must(403, 'POST', '/account/email', { json: { email: 'x@example.net', password: 'not the password 1' } })
  await c.must(422, 'POST', '/account/email', { json: { email: 'no address', password: PASSWORD } })
  assert.equal((await c.must(409, 'POST', '/account/email', { json: { email: d.email.toUpperCase(), password: PASSWORD } })).body.code, 'email_taken')
  const email = `new-${c.email}`
  const { body } = await c.must(200, 'POST', '/account/email', { json: { email, password: PASSWORD } })
  assert.equal(body.user.email, email)
  c.email = email
  await login(c)
})

test('the language is one of those there are', async () => {
  const c = await service.person('ann')
  assert.equal((await c.must(200, 'PATCH', '/account', { json: { locale: 'ru' } })).body.user.locale, 'ru')
  await c.must(422, 'PATCH', '/account', { json: { locale: 'xx' } })
})

test('who asks to leave can think again until the grace is over', async () => {
  const c = await service.person('ann')
  await c.must(403, 'DELETE', '/account', { json: { password: 'not the password 1' } })
  const { body } = await c.must(202, 'DELETE', '/account', { json: { password: PASSWORD } })
  assert.ok(Date.parse(body.user.deletion_at) > Date.now() + 3_000_000)
  assert.equal((await c.must(200, 'POST', '/account/keep')).body.user.deletion_at, null)
  await c.must(200, 'GET', '/session')
})

test('who has left is found nowhere in storage: not one byte', async () => {
  await service.stop()
  service.settings.DOCKET_ACCOUNT_GRACE = '0'
  await service.up()
  const stays = await service.person('stays'), leaves = await service.person('zebulon')
  await stays.read(sample('receipt-ru.jpg'), { name: 'kept-paper.jpg' })
  const paper = sample('receipt-en.jpg')
  const { job, result } = await leaves.read(paper, { name: 'zebulons-secret-paper.jpg' })
  await leaves.must(202, 'DELETE', '/account', { json: { password: PASSWORD } })
  await service.until('gone', async () => (await leaves.call('GET', '/session')).status === 401)
  await service.until('erased', () => service.events().some((e) => e.event === 'user.erased'))

  const needles = ['zebulon', result.fields.merchant_name.value, result.text.split('\n')[0]].map((s) => Buffer.from(s))
  needles.push(paper.subarray(1000, 1032), Buffer.from(job.id.replaceAll('-', ''), 'hex'))
  const found = []
  const { stdout } = spawnSync('find', [service.data, '-type', 'f', '-size', '+0', '!', '-name', 'log.jsonl'], { encoding: 'utf8' })
  const kept = stdout.split('\n').filter(Boolean)
  assert.ok(kept.some((f) => readFileSync(f).includes('kept-paper')), 'the search itself finds things')
  for (const file of kept) {
    const bytes = readFileSync(file)
    for (const n of needles) if (bytes.includes(n)) found.push(`${file}: ${n}`)
  }
  assert.deepEqual(found, [])
  assert.equal((await stays.all('/documents')).length, 1)
  await leaves.must(401, 'POST', '/login', { json: { email: leaves.email, password: PASSWORD }, auth: false })
})
