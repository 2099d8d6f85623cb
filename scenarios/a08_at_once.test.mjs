// What serves once serves once, also when two come with it at the same moment; and what has ended is over for requests
// that are still on their way.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, PASSWORD } from './lib/client.mjs'
import { adminOf, sample, serviceFor } from './lib/service.mjs'
import { dial } from './lib/speak.mjs'
import { codeOf } from './lib/totp.mjs'

const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_URL: 'http://localhost', DOCKET_WORKER_SLOTS: '1' })
const NEW = 'nine grey kettles 52'
const AT_ONCE = 8
// The statuses of so many calls sent together, sorted; and that only one of them did anything.
const together = async (call) => (await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => call(i)))).map((a) => a.status).sort()
const once = (statuses, done, refused) => assert.deepEqual(statuses, [done, ...Array(AT_ONCE - 1).fill(refused)].sort())
const invitation = async (admin, json = {}) => /#(dkl_\S+)/.exec((await admin.must(201, 'POST', '/admin/invitations', { json })).body.link)[1]

test('of many who bring one recovery code, one code of an app, or one invitation, one is let in', async () => {
  const c = await service.person('ann')
  const { secret } = (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
  const { recovery_codes } = (await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })).body
  const login = (code) => () => c.call('POST', '/login', { json: { email: c.email, password: PASSWORD, code }, auth: false })
  once(await together(login(recovery_codes[0])), 200, 403)
  once(await together(login(codeOf(secret, 1))), 200, 403)
  const token = await invitation(await adminOf(service))
  once(await together((i) => service.client().call('POST', '/signup', { json: { email: `guest${i}@example.org`, password: PASSWORD, invitation: token } })), 201, 403)
})

test('of many who change a password with the old one, one does, and its session is the only one', async () => {
  const c = await service.person('bob')
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => c.call('POST', '/account/password', { json: { password: PASSWORD, new_password: `${NEW} ${i}` } })))
  const won = answers.filter((a) => a.status === 200)
  assert.equal(won.length, 1)
  for (const a of answers) assert.ok([200, 401, 403].includes(a.status), `${a.status}`)
  c.token = won[0].body.token
  assert.equal((await c.must(200, 'GET', '/sessions')).body.items.length, 1)
  await c.must(200, 'POST', '/login', { json: { email: c.email, password: `${NEW} ${answers.indexOf(won[0])}` }, auth: false })
})

// A request whose head has come, and whose body comes when we let it.
const begin = async (c, method, path, json) => {
  const body = JSON.stringify(json), socket = await dial(service.port)
  let said = ''
  socket.on('data', (d) => { said += d })
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${c.token}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.slice(0, 5)}`)
  // Its head has been judged: the service answers whoever came after it.
  await c.must(200, 'GET', '/session')
  return { finish: async () => { socket.write(body.slice(5)); await socket.gone; return Number(/^HTTP\/1\.1 (\d+)/.exec(said)[1]) } }
}
test('a new password ends what was begun before it and not finished', async () => {
  const c = await service.person('carl')
  const held = [await begin(c, 'POST', '/account/password', { password: PASSWORD, new_password: `${NEW} thief` }), await begin(c, 'POST', '/tokens', { name: 'x', scopes: ['read'], password: PASSWORD }),
    await begin(c, 'PATCH', '/account', { locale: 'ru' })]
  // And a long poll, for a paper that is read after some others.
  let last
  for (let i = 0; i < 5; i++) last = await c.upload(sample('receipt-en.png'), { name: `${i}.png` })
  const poll = new Client(service.url)
  poll.token = c.token
  const waiting = poll.call('GET', `/jobs/${last.id}?wait=30`)
  c.token = (await c.must(200, 'POST', '/account/password', { json: { password: PASSWORD, new_password: NEW } })).body.token
  assert.equal((await waiting).status, 401)
  for (const h of held) assert.equal(await h.finish(), 401)
  assert.deepEqual((await c.must(200, 'GET', '/tokens')).body.items, [])
  await c.must(200, 'POST', '/login', { json: { email: c.email, password: NEW }, auth: false })
})

test('what is sent for one person is not done for another who has logged in meanwhile', async () => {
  const [ann, bob] = [await service.person('ann'), await service.person('bob')]
  const expected = (id) => ({ 'docket-expected-user': id })
  const upload = (headers) => bob.send(sample('receipt-en.png'), { name: 'anns.png', headers })
  const refused = await upload(expected(ann.user.id))
  assert.deepEqual([refused.status, refused.body.code], [409, 'other_user'])
  for (const [method, path, json] of [['PATCH', '/account', { locale: 'ru' }], ['GET', '/documents'], ['POST', '/bulk', { action: 'trash', ids: [] }]])
    assert.equal((await bob.must(409, method, path, { json, headers: expected(ann.user.id) })).body.code, 'other_user')
  assert.equal((await bob.all('/documents')).length, 0)
  assert.equal((await bob.must(200, 'GET', '/session')).body.user.locale, 'en')
  assert.equal((await upload(expected(bob.user.id))).status, 202)
  await bob.must(422, 'GET', '/documents', { headers: expected('bob') })
  await bob.must(401, 'GET', '/documents', { headers: expected(bob.user.id), auth: false })
})

test('an address that is taken costs no invitation; who is no admin any more has none out; an admin is made with the password', async () => {
  const admin = await adminOf(service), other = await service.person('dora')
  const token = await invitation(admin)
  const join = (email, invitation) => service.client().call('POST', '/signup', { json: { email, password: PASSWORD, invitation } })
  assert.equal((await join(other.email, token)).body.code, 'email_taken')
  assert.equal((await join('late@example.org', token)).status, 201)

  const change = (status, json) => admin.must(status, 'PATCH', `/admin/users/${other.user.id}`, { json })
  assert.match((await change(422, { role: 'admin' })).body.detail, /^password/)
  assert.equal((await change(403, { role: 'admin', password: 'not the password 1' })).body.code, 'wrong_password')
  await change(200, { role: 'admin', password: PASSWORD })
  const left = await invitation(other)
  await change(200, { role: 'user' })
  assert.equal((await join('friend@example.org', left)).body.code, 'invitation_invalid')
})

test('an export that is read slowly ends with the session or the token that began it', async () => {
  const c = await service.person('dora')
  // More than lies in sockets on the way: files that no parser takes long over.
  const noise = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(1 << 20, 7)])
  for (let i = 0; i < 30; i++) { noise.writeUInt32BE(i, 100); await c.upload(noise, { name: `${i}.png` }) }
  const api = (await c.must(201, 'POST', '/tokens', { json: { name: 'x', scopes: ['read'], password: PASSWORD } })).body
  const begin = async (token) => {
    const socket = await dial(service.port)
    let n = 0, tail = Buffer.alloc(0)
    socket.on('data', (d) => { if (n === 0) socket.pause(); n += d.length; tail = Buffer.concat([tail, d]).subarray(-5) })
    socket.write(`GET /export?format=zip HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)
    await service.until('begun', () => n > 0)
    return { finish: async () => { socket.resume(); await socket.gone; return { whole: tail.toString('latin1') === '0\r\n\r\n', n } } }
  }
  const undisturbed = await (await begin(c.token)).finish()
  assert.ok(undisturbed.whole && undisturbed.n > 30 << 20)
  for (const [token, end] of [[api.token, () => c.must(204, 'DELETE', `/tokens/${api.key.id}`)], [c.token, () => c.must(200, 'POST', '/account/password', { json: { password: PASSWORD, new_password: NEW } })]]) {
    const slow = await begin(token)
    await end()
    await sleep(1100) // so often it is asked
    const { whole, n } = await slow.finish()
    assert.ok(!whole && n < undisturbed.n, `${n} of ${undisturbed.n}`)
  }
})
