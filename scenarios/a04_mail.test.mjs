// Letters: proving an address, a new password, a new address; and what is off without a mail server.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { Mailbox, tokenIn } from './lib/mailbox.mjs'
import { sample, Service, temporaryFolder } from './lib/service.mjs'

const NEW = 'nine grey kettles 52'
let box, service
before(async () => {
  box = await Mailbox.open({ user: 'docket', password: 'the mail secret' })
  const secret = join(temporaryFolder('mail'), 'password')
  writeFileSync(secret, 'the mail secret\n')
  service = await Service.start({
    DOCKET_MAIL_SMTP: box.url, DOCKET_MAIL_FROM: 'docket@example.org', DOCKET_MAIL_TLS: 'off', DOCKET_MAIL_USER: 'docket', DOCKET_MAIL_PASSWORD_FILE: secret,
    DOCKET_API_PUBLIC_URL: 'http://docket.example', DOCKET_ERRAND_BACKOFF: '10ms', DOCKET_API_VERIFIED_ONLY: 'on',
  })
})
after(async () => { await service?.end(); await box?.close() })

test('the service says that it sends mail', async () => {
  const { body } = await service.client().must(200, 'GET', '/service', { auth: false })
  assert.equal(body.mail, true)
  assert.equal(body.verified_only, true)
})

test('a letter proves an address; until then nothing is uploaded', async () => {
  const c = await service.person('ann')
  const refused = await c.send(sample('receipt-en.png'), { name: 'a.png' })
  assert.equal(refused.status, 403)
  assert.equal(refused.body.code, 'email_unverified')
  const letter = await box.letterTo(service, c.email)
  assert.equal(letter.from, 'docket@example.org')
  assert.match(letter.subject, /Confirm/)
  assert.equal(letter.headers['auto-submitted'], 'auto-generated')
  const token = tokenIn(letter)
  assert.match(letter.text, /http:\/\/docket\.example\/app\/confirm#dkl_/)
  await c.must(204, 'POST', '/verify', { json: { token }, auth: false })
  assert.equal((await c.must(410, 'POST', '/verify', { json: { token }, auth: false })).body.code, 'link_invalid')
  assert.equal((await c.must(200, 'GET', '/session')).body.user.email_verified, true)
  assert.equal((await c.send(sample('receipt-en.png'), { name: 'a.png' })).status, 202)
})

test('the letter can be had again, and the one before is worth nothing then', async () => {
  const c = await service.person('bob')
  const first = tokenIn(await box.letterTo(service, c.email))
  await c.must(204, 'POST', '/account/verification')
  const second = tokenIn(await box.letterTo(service, c.email))
  await c.must(410, 'POST', '/verify', { json: { token: first }, auth: false })
  await c.must(204, 'POST', '/verify', { json: { token: second }, auth: false })
})

test('letters are written in the language of who gets them', async () => {
  const c = service.client()
  const email = 'russian.reader@example.org'
  await c.must(201, 'POST', '/signup', { json: { email, password: PASSWORD, locale: 'ru' } })
  const letter = await box.letterTo(service, email)
  assert.equal(letter.subject, 'Подтвердите адрес почты')
  assert.match(letter.text, /в течение суток/)
})

test('a forgotten password is replaced by a link that works once, and ends every session', async () => {
  const c = await service.person('carl')
  await c.must(204, 'POST', '/password-reset', { json: { email: c.email.toUpperCase() }, auth: false })
  const token = tokenIn(await box.letterTo(service, c.email, /password/))
  for (const password of ['short', c.email]) assert.equal((await c.must(422, 'POST', '/password-reset/confirm', { json: { token, password }, auth: false })).body.code, 'weak_password')
  await c.must(204, 'POST', '/password-reset/confirm', { json: { token, password: NEW }, auth: false })
  await c.must(410, 'POST', '/password-reset/confirm', { json: { token, password: NEW }, auth: false })
  await c.must(401, 'GET', '/session')
  await c.must(401, 'POST', '/login', { json: { email: c.email, password: PASSWORD }, auth: false })
  await c.must(200, 'POST', '/login', { json: { email: c.email, password: NEW }, auth: false })
  assert.match((await box.letterTo(service, c.email, /changed/)).text, /logged out/)
})

// Who signs up with the address of somebody else waits for them to take the account over.
test('who proves an address by a new password finds nothing of whoever had the account before in force', async () => {
  const [thief, honest] = [await service.person('ulla'), await service.person('viktor')]
  await honest.must(204, 'POST', '/verify', { json: { token: tokenIn(await box.letterTo(service, honest.email, /Confirm/)) }, auth: false })
  const ways = async (c) => ({
    token: (await c.must(201, 'POST', '/tokens', { json: { name: 'x', scopes: ['read'], password: PASSWORD } })).body.token,
    path: (await c.must(201, 'POST', '/feeds', { json: { name: 'x', password: PASSWORD } })).body.path,
    hook: (await c.must(201, 'POST', '/webhooks', { json: { url: 'https://hooks.example.org/', events: ['document.done'], password: PASSWORD } })).body,
  })
  const renew = async (c) => {
    await c.must(204, 'POST', '/password-reset', { json: { email: c.email }, auth: false })
    await c.must(204, 'POST', '/password-reset/confirm', { json: { token: tokenIn(await box.letterTo(service, c.email, /new password/)), password: NEW }, auth: false })
    c.token = (await c.must(200, 'POST', '/login', { json: { email: c.email, password: NEW }, auth: false })).body.token
    return (await box.letterTo(service, c.email, /changed/)).text
  }
  const left = async (c, { token, path }) => [(await c.call('GET', '/jobs', { headers: { authorization: `Bearer ${token}` } })).status,
    (await c.call('GET', path, { auth: false })).status, (await c.must(200, 'GET', '/webhooks')).body.items.length]
  const [taken, own] = [await ways(thief), await ways(honest)]
  assert.match(await renew(thief), /have ended as well/)
  assert.deepEqual(await left(thief, taken), [401, 404, 0])
  assert.ok((await thief.all('/audit')).some((e) => e.action === 'user.access_ended'))
  assert.match(await renew(honest), /stay in force/)
  assert.deepEqual(await left(honest, own), [200, 200, 1])
})

test('asking for somebody who is not there answers the same and sends nothing', async () => {
  const c = await service.person('dora')
  const known = await c.must(204, 'POST', '/password-reset', { json: { email: c.email }, auth: false })
  const unknown = await c.must(204, 'POST', '/password-reset', { json: { email: 'nobody@example.org' }, auth: false })
  const shape = (a) => [...a.headers.keys()].sort().join()
  assert.equal(shape(known), shape(unknown))
  await box.letterTo(service, c.email, /password/)
  assert.ok(!box.letters.some((l) => l.to.includes('nobody@example.org')))
})

test('a new address counts when its letter is answered; the old one is told', async () => {
  const c = await service.person('emil')
  const email = `new-${c.email}`
  const { body } = await c.must(202, 'POST', '/account/email', { json: { email, password: PASSWORD } })
  assert.equal(body.pending_email, email)
  assert.equal(body.user.email, c.email)
  assert.match((await box.letterTo(service, c.email, /about to change/)).text, new RegExp(email))
  await c.must(204, 'POST', '/verify', { json: { token: tokenIn(await box.letterTo(service, email)) }, auth: false })
  const { user } = (await c.must(200, 'GET', '/session')).body
  assert.equal(user.email, email)
  assert.equal(user.email_verified, true)
})

test('of two who want one address it is whose letter is answered first', async () => {
  const people = [await service.person('ida'), await service.person('jan')], email = `shared-${people[0].email}`
  const tokens = []
  for (const c of people) {
    await c.must(202, 'POST', '/account/email', { json: { email, password: PASSWORD } })
    tokens.push(tokenIn(await box.letterTo(service, email)))
  }
  await service.client().must(204, 'POST', '/verify', { json: { token: tokens[1] } })
  assert.equal((await service.client().must(409, 'POST', '/verify', { json: { token: tokens[0] } })).body.code, 'email_taken')
  assert.equal((await people[0].must(200, 'GET', '/session')).body.user.email, people[0].email)
})

test('a new password ends what somebody who knew the old one has begun', async () => {
  const c = await service.person('hugo')
  await c.must(202, 'POST', '/account/email', { json: { email: `thief-${c.email}`, password: PASSWORD } })
  await c.must(204, 'POST', '/password-reset', { json: { email: c.email }, auth: false })
  const taking = tokenIn(await box.letterTo(service, `thief-${c.email}`)), reset = tokenIn(await box.letterTo(service, c.email, /new password/))
  await c.must(200, 'POST', '/account/password', { json: { password: PASSWORD, new_password: NEW } })
  await c.must(410, 'POST', '/verify', { json: { token: taking }, auth: false })
  await c.must(410, 'POST', '/password-reset/confirm', { json: { token: reset, password: NEW }, auth: false })
  const { body } = await c.must(200, 'POST', '/login', { json: { email: c.email, password: NEW }, auth: false })
  assert.equal(body.user.email, c.email)
})

test('a mail server that says later is asked again', async () => {
  box.refuse = 2
  const c = await service.person('fritz')
  await box.letterTo(service, c.email)
  assert.ok(service.events().some((e) => e.event === 'errand.retrying' && /451/.test(e.detail)))
})

test('no secret of a letter, of the mail server or of a session is in the log', async () => {
  const log = service.tail(100_000)
  for (const secret of ['the mail secret', 'dkl_', 'dkt_', 'dka_', 'dkf_', PASSWORD, NEW]) assert.ok(!log.includes(secret), secret)
})

test('without a mail server the service says so, and goes on', async () => {
  const plain = await Service.start()
  try {
    const c = await plain.person('gina')
    assert.equal((await c.must(200, 'GET', '/service')).body.mail, false)
    assert.equal((await c.must(409, 'POST', '/account/verification')).body.code, 'mail_off')
    assert.equal((await c.must(409, 'POST', '/password-reset', { json: { email: c.email }, auth: false })).body.code, 'mail_off')
  } finally { await plain.end() }
})
