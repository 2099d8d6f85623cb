// Signing up, logging in, sessions.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { serviceFor } from './lib/service.mjs'

const service = serviceFor({ before, after })

test('signup gives a session by cookie and by token', async () => {
  const c = service.client()
  const email = 'Carol.Case@Example.org'
  const { body, headers } = await c.must(201, 'POST', '/signup', { json: { email, password: PASSWORD, locale: 'ru' } })
  assert.equal(body.user.email, email)
  assert.equal(body.user.locale, 'ru')
  const cookie = headers.getSetCookie?.()[0] ?? headers.get('set-cookie')
  assert.match(cookie, /docket_session=[^;]+;.*HttpOnly/i)
  assert.match(cookie, /SameSite=Lax/i)
  const byCookie = await c.must(200, 'GET', '/session', { headers: { cookie: cookie.split(';')[0] } })
  assert.equal(byCookie.body.user.id, body.user.id)
  c.token = body.token
  assert.equal((await c.must(200, 'GET', '/session')).body.user.id, body.user.id)
})

test('nobody gives themselves what is not theirs to give', async () => {
  const c = service.client()
  const { user } = (await c.must(201, 'POST', '/signup', { json: { email: 'climber@example.org', password: PASSWORD, locale: 'en', role: 'admin', email_verified: true, second_factor: true, id: '01939b6e-0000-7000-8000-000000000000' } })).body
  assert.deepEqual([user.role, user.email_verified, user.second_factor], ['user', false, false])
  assert.notEqual(user.id, '01939b6e-0000-7000-8000-000000000000')
})

test('an e-mail serves once, whatever its case', async () => {
  const c = await service.person('dora')
  const again = await c.must(409, 'POST', '/signup', { json: { email: c.email.toUpperCase(), password: PASSWORD, locale: 'en' } })
  assert.equal(again.body.code, 'email_taken')
})

test('login answers every cause of failure alike', async () => {
  const c = await service.person('emil')
  const wrong = await c.must(401, 'POST', '/login', { json: { email: c.email, password: 'not the password 1' } })
  const nobody = await c.must(401, 'POST', '/login', { json: { email: `no-${c.email}`, password: PASSWORD } })
  const bare = ({ request_id, ...rest }) => rest
  assert.deepEqual(bare(wrong.body), bare(nobody.body))
  assert.equal(wrong.body.code, 'bad_credentials')
  assert.ok(service.events().some((e) => e.event === 'session.refused' && e.request_id === wrong.body.request_id), 'the log has it')
  const { body } = await c.must(200, 'POST', '/login', { json: { email: c.email, password: PASSWORD } })
  assert.ok(body.token && body.token !== c.token)
})

test('logout ends this session and no other', async () => {
  const c = await service.person('fritz')
  const first = c.token
  const second = (await c.must(200, 'POST', '/login', { json: { email: c.email, password: PASSWORD } })).body.token
  await c.must(204, 'POST', '/logout')
  assert.equal((await c.call('GET', '/session')).status, 401)
  c.token = second
  assert.equal((await c.call('GET', '/session')).status, 200)
  assert.notEqual(first, second)
})

for (const [why, json, code] of [
  ['a short password', { email: 'short@example.org', password: 'short', locale: 'en' }, 'weak_password'],
  ['a common password', { email: 'common@example.org', password: 'password123', locale: 'en' }, 'weak_password'],
  ['no e-mail address', { email: 'not an address', password: PASSWORD, locale: 'en' }, 'invalid_email'],
  ['a missing member', { email: 'missing@example.org' }, 'invalid_input'],
  ['a member of the wrong type', { email: 7, password: PASSWORD, locale: 'en' }, null],
]) {
  test(`signup with ${why} is refused`, async () => {
    const { body } = await service.client().must(422, 'POST', '/signup', { json })
    if (code) assert.equal(body.code, code)
  })
}

test('the scripts of a page, which has the cookie, do not get to see what is in it', async () => {
  const c = await service.person('jana')
  for (const headers of [{ origin: service.url }, { 'sec-fetch-site': 'same-origin' }]) {
    const { body, headers: said } = await c.must(200, 'POST', '/login', { json: { email: c.email, password: PASSWORD }, headers, auth: false })
    assert.equal(body.token, null)
    await c.must(200, 'GET', '/session', { headers: { cookie: said.getSetCookie()[0].split(';')[0] }, auth: false })
  }
})

test('a made-up, cut or empty token is nobody', async () => {
  const c = await service.person('gina')
  for (const token of ['x', c.token.slice(1), `${c.token}x`, c.token.toUpperCase(), 'a'.repeat(5000)]) {
    const answer = await c.call('GET', '/session', { headers: { authorization: `Bearer ${token}` }, check: token.length < 1000 })
    assert.ok([401, 431].includes(answer.status), `${answer.status} for ${token.slice(0, 20)}`)
  }
})

test('who only wants to know whether somebody is here is told, and it is no failure', async () => {
  const c = await service.person('ines')
  assert.equal((await c.must(200, 'GET', '/session?quiet=true')).body.user.email, c.email)
  const nobody = service.client()
  assert.deepEqual((await nobody.must(200, 'GET', '/session?quiet=true')).body, { user: null, expires_at: null })
  for (const quiet of ['false', '', '1']) await nobody.must(401, 'GET', `/session?quiet=${quiet}`)
  // Nothing else opens to nobody by asking so.
  await nobody.must(401, 'GET', '/documents?quiet=true')
})

test('a change asked for by another site is refused though the browser sends the cookie', async () => {
  const c = await service.person('hugo')
  const { headers } = await c.must(200, 'POST', '/login', { json: { email: c.email, password: PASSWORD } })
  const cookie = (headers.getSetCookie?.()[0] ?? headers.get('set-cookie')).split(';')[0]
  c.token = null
  const foreign = await c.call('POST', '/logout', { headers: { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } })
  assert.equal(foreign.status, 403)
  assert.equal((await c.call('GET', '/session', { headers: { cookie } })).status, 200)
})
