// Who may have an account: `docket user`, admins, invitations, domains.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { adminOf, docket, Service, serviceFor } from './lib/service.mjs'
import { codeOf } from './lib/totp.mjs'

const service = serviceFor({ before, after }, { DOCKET_API_SIGNUP: 'invitation', DOCKET_API_PUBLIC_URL: 'http://docket.example' })
const user = (data, args, input = '') => spawnSync(docket, ['user', ...args, '--data', data], { encoding: 'utf8', input, timeout: 30_000 })
const signup = (email, more = {}) => service.client().call('POST', '/signup', { json: { email, password: PASSWORD, locale: 'en', ...more } })

test('the first admin is made on the command line, while the service runs; there is no default password', async () => {
  const made = user(service.data, ['add', 'root@example.org', '--admin'], `${PASSWORD}\n`)
  assert.equal(made.status, 0, made.stderr)
  assert.match(made.stdout, /is an admin/)
  const c = service.client()
  c.token = (await c.must(200, 'POST', '/login', { json: { email: 'root@example.org', password: PASSWORD } })).body.token
  assert.equal((await c.must(200, 'GET', '/session')).body.user.role, 'admin')
  assert.notEqual(user(service.data, ['add', 'root@example.org'], `${PASSWORD}\n`).status, 0)
  assert.match(user(service.data, ['add', 'weak@example.org'], 'short\n').stderr, /weak_password/)
  assert.match(user(service.data, ['list']).stdout, /admin +active +root@example.org/)
})

test('it works as well on a service that is not running', async () => {
  const s = await Service.start()
  try {
    await s.stop()
    assert.equal(user(s.data, ['add', 'offline@example.org'], `${PASSWORD}\n`).status, 0)
    await s.up()
    await s.client().must(200, 'POST', '/login', { json: { email: 'offline@example.org', password: PASSWORD } })
  } finally { await s.end() }
})

test('a link sets a password once', async () => {
  const made = user(service.data, ['add', 'linked@example.org', '--link'])
  const token = /\/app\/reset#(dkl_\S+)/.exec(made.stdout)[1]
  const c = service.client()
  await c.must(204, 'POST', '/password-reset/confirm', { json: { token, password: PASSWORD } })
  await c.must(410, 'POST', '/password-reset/confirm', { json: { token, password: PASSWORD } })
  await c.must(200, 'POST', '/login', { json: { email: 'linked@example.org', password: PASSWORD } })
  assert.match(user(service.data, ['reset', 'linked@example.org']).stdout, /reset#dkl_/)
})

test('who is disabled is out at once and cannot come back; deleting leaves nothing', async () => {
  user(service.data, ['add', 'out@example.org'], `${PASSWORD}\n`)
  const c = service.client()
  const login = () => c.call('POST', '/login', { json: { email: 'out@example.org', password: PASSWORD }, auth: false })
  c.token = (await login()).body.token
  const { path } = (await c.must(201, 'POST', '/feeds', { json: { name: 'phone', password: PASSWORD } })).body
  const calendar = (status) => c.must(status, 'GET', path, { auth: false })
  await calendar(200)
  assert.equal(user(service.data, ['disable', 'out@example.org']).status, 0)
  await c.must(401, 'GET', '/session')
  await calendar(404)
  assert.equal((await login()).body.code, 'account_disabled')
  user(service.data, ['enable', 'out@example.org'])
  assert.equal((await login()).status, 200)
  assert.equal(user(service.data, ['delete', 'out@example.org']).status, 0)
  assert.equal((await login()).body.code, 'bad_credentials')
  assert.notEqual(user(service.data, ['delete', 'out@example.org']).status, 0)
})

test('who has lost their second factor with its recovery codes is let in by who runs the service', async () => {
  user(service.data, ['add', 'lost@example.org'], `${PASSWORD}\n`)
  const c = service.client()
  const login = (more = {}) => c.call('POST', '/login', { json: { email: 'lost@example.org', password: PASSWORD, ...more }, auth: false })
  c.token = (await login()).body.token
  assert.match(user(service.data, ['end-factor', 'lost@example.org']).stderr, /has no second factor/)
  const { secret } = (await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
  await c.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })
  assert.equal((await login()).body.code, 'second_factor_required')
  assert.match(user(service.data, ['end-factor', 'lost@example.org']).stdout, /without a code/)
  assert.equal((await login()).status, 200)
  assert.equal((await c.must(200, 'GET', '/session')).body.user.second_factor, false)
  assert.ok((await c.must(200, 'GET', '/audit?limit=50')).body.items.some((e) => e.action === 'second_factor.ended'), 'the history has it')
  // Set up anew it has codes of its own.
  await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })
})

test('by invitation: no account without one, one account with one, for whom it is meant', async () => {
  assert.equal((await signup('nobody@example.org')).body.code, 'signup_closed')
  const admin = await adminOf(service)
  const invite = async (json) => /#(dkl_\S+)/.exec((await admin.must(201, 'POST', '/admin/invitations', { json })).body.link)[1]
  const open = await invite({})
  assert.equal((await signup('first@example.org', { invitation: open })).status, 201)
  assert.equal((await signup('second@example.org', { invitation: open })).body.code, 'invitation_invalid')
  const meant = await invite({ email: 'third@example.org' })
  assert.equal((await signup('fourth@example.org', { invitation: meant })).body.code, 'invitation_invalid')
  assert.equal((await signup('Third@example.org', { invitation: meant })).status, 201)
  assert.equal((await signup('fifth@example.org', { invitation: 'dkl_made-up' })).body.code, 'invitation_invalid')
})

test('an invitation is listed until its week is over, says whose account it made, and is ended by any admin while it is open', async () => {
  const admin = await adminOf(service), other = await adminOf(service), guest = `guest-${admin.email}`
  const invite = async (by, json) => (await by.must(201, 'POST', '/admin/invitations', { json })).body
  const tokenOf = (made) => /#(dkl_\S+)/.exec(made.link)[1]
  const one = await invite(admin, { note: 'Для соседей' }), two = await invite(other, { email: guest }), three = await invite(other, { note: '' })
  const mine = async () => (await admin.all('/admin/invitations', 2)).filter((i) => [one, two, three].some((made) => made.key.id === i.id))
  assert.deepEqual((await mine()).map((i) => [i.id, i.email, i.note, i.invited_by.email, i.used_at, i.used_by]),
    [[three.key.id, null, null, other.email, null, null], [two.key.id, guest, null, other.email, null, null], [one.key.id, null, 'Для соседей', admin.email, null, null]])
  for (const i of await mine()) assert.ok(Math.abs(Date.parse(i.expires_at) - Date.parse(i.created_at) - 7 * 86_400_000) < 60_000)
  assert.match((await admin.must(422, 'POST', '/admin/invitations', { json: { note: 'a\u001b[2J' } })).body.detail, /^note/)

  // A try with another address uses up nothing; the one that it is for does.
  assert.equal((await signup(`not-${guest}`, { invitation: tokenOf(two) })).body.code, 'invitation_invalid')
  assert.equal((await mine())[1].used_by, null)
  const joined = (await signup(guest, { invitation: tokenOf(two) })).body.user
  const used = (await mine())[1]
  assert.deepEqual(used.used_by, { id: joined.id, email: guest })
  assert.ok(Date.parse(used.used_at) >= Date.parse(used.created_at))
  assert.equal((await admin.must(409, 'DELETE', `/admin/invitations/${two.key.id}`)).body.code, 'conflict')

  // Ended: by who made it, by another admin, from the command line; each link is dead, and the history says who did it.
  await admin.must(204, 'DELETE', `/admin/invitations/${one.key.id}`)
  await admin.must(404, 'DELETE', `/admin/invitations/${one.key.id}`)
  await admin.must(204, 'DELETE', `/admin/invitations/${three.key.id}`)
  const four = await invite(other, { note: 'the last' })
  const shown = user(service.data, ['invitations']).stdout.split('\n').find((line) => line.includes(four.key.id))
  assert.match(shown, new RegExp(`open +until \\d{4}-\\d\\d-\\d\\d .* by ${other.email} +for anybody +\\(the last\\)$`))
  assert.match(user(service.data, ['invitations']).stdout, new RegExp(`used .* for ${guest} +used by ${guest}`))
  assert.match(user(service.data, ['end-invitation', four.key.id]).stdout, /no account any more/)
  assert.match(user(service.data, ['end-invitation', four.key.id]).stderr, /not_found/)
  assert.match(user(service.data, ['end-invitation', two.key.id]).stderr, /conflict/)
  assert.match(user(service.data, ['end-invitation', 'x']).stderr, /invitations/)
  for (const made of [one, three, four]) assert.equal((await signup(`late-${guest}`, { invitation: tokenOf(made) })).body.code, 'invitation_invalid')
  assert.deepEqual((await mine()).map((i) => i.id), [two.key.id])
  const history = async (of) => (await of.all('/audit', 50)).filter((e) => e.action.startsWith('invitation.')).map((e) => [e.action, e.object, e.detail])
  assert.deepEqual(await history(admin), [['invitation.ended', one.key.id, null], ['invitation.created', one.key.id, null]])
  assert.deepEqual(await history(other), [
    ['invitation.ended_by_command', four.key.id, null], ['invitation.created', four.key.id, null], ['invitation.ended_by_admin', admin.user.id, three.key.id],
    ['invitation.used', joined.id, two.key.id], ['invitation.created', three.key.id, null], ['invitation.created', two.key.id, null],
  ])
})

test('an invitation is made on the command line, in the name of an admin, and the history tells it from theirs', async () => {
  const admin = await adminOf(service), guest = `called-${admin.email}`
  const invite = (...args) => user(service.data, ['invite', ...args])
  const tokenOf = (made) => /^http:\/\/docket\.example\/app\/join#(dkl_\S+)$/m.exec(made.stdout)[1]
  const meant = invite(guest, '--by', admin.email, '--note', 'Для бабушки'), open = invite('--by', admin.email)
  assert.match(meant.stdout, new RegExp(`Within a week, ${guest} can`))
  const listed = (await admin.all('/admin/invitations', 2)).filter((i) => i.invited_by.email === admin.email)
  assert.deepEqual(listed.map((i) => [i.email, i.note]), [[null, null], [guest, 'Для бабушки']])
  for (const i of listed) assert.ok(Math.abs(Date.parse(i.expires_at) - Date.parse(i.created_at) - 7 * 86_400_000) < 60_000)
  assert.equal((await signup(`not-${guest}`, { invitation: tokenOf(meant) })).body.code, 'invitation_invalid')
  assert.equal((await signup(guest, { invitation: tokenOf(meant) })).status, 201)
  assert.equal((await signup(`also-${guest}`, { invitation: tokenOf(open) })).status, 201)
  assert.deepEqual((await admin.all('/audit', 50)).filter((e) => e.action.startsWith('invitation.created')).map((e) => [e.action, e.object]),
    listed.map((i) => ['invitation.created_by_command', i.id]))

  assert.match(invite(guest).stderr, /in whose name\? --by/) // there are several admins here
  assert.match(invite(guest, '--by', guest).stderr, /is no admin/)
  assert.match(invite(guest, '--by', 'nobody@example.org').stderr, /not_found/)
  assert.match(invite('no address', '--by', admin.email).stderr, /invalid_email/)
  assert.match(invite('--note', 'a\u001b[2J', '--by', admin.email).stderr, /note: holds a control character/)
})

test('the one admin there is need not be named; where nobody may sign up there is nothing to invite to', async () => {
  const own = await Service.start({ DOCKET_API_SIGNUP: 'invitation' })
  try {
    const invite = () => spawnSync(docket, ['user', 'invite', 'guest@example.org', '--data', own.data], { encoding: 'utf8', env: own.environment(), timeout: 30_000 })
    assert.match(invite().stderr, /there is no admin yet/)
    assert.equal(user(own.data, ['add', 'root@example.org', '--admin'], `${PASSWORD}\n`).status, 0)
    assert.match(invite().stdout, /guest@example\.org can make an account here/)
    assert.match(user(own.data, ['invitations']).stdout, /open .* by root@example\.org +for guest@example\.org/)
    await own.stop()
    own.settings.DOCKET_API_SIGNUP = 'off'
    assert.match(invite().stderr, /signup_closed/)
  } finally { await own.end() }
})

test('admins see and switch accounts, others do not even see the address', async () => {
  const admin = await adminOf(service)
  user(service.data, ['add', 'plain@example.org'], `${PASSWORD}\n`)
  const c = service.client()
  const { body } = await c.must(200, 'POST', '/login', { json: { email: 'plain@example.org', password: PASSWORD } })
  c.token = body.token
  await c.must(404, 'GET', '/admin/users')
  await c.must(404, 'PATCH', `/admin/users/${body.user.id}`, { json: { role: 'admin' } })
  await c.must(404, 'POST', '/admin/invitations', { json: {} })
  await c.must(404, 'GET', '/admin/invitations')
  const open = (await admin.must(201, 'POST', '/admin/invitations', { json: {} })).body.key.id
  await c.must(404, 'DELETE', `/admin/invitations/${open}`)
  assert.ok((await admin.all('/admin/invitations')).some((i) => i.id === open))
  const people = await admin.all('/admin/users', 2)
  assert.ok(people.some((p) => p.user.email === 'plain@example.org' && p.documents === 0))
  assert.equal((await admin.must(200, 'PATCH', `/admin/users/${body.user.id}`, { json: { disabled: true } })).body.disabled, true)
  await c.must(401, 'GET', '/session')
  const me = (await admin.must(200, 'GET', '/session')).body.user
  await admin.must(422, 'PATCH', `/admin/users/${me.id}`, { json: { role: 'user' } })
  // The history of both says who did it, and what.
  await admin.must(200, 'PATCH', `/admin/users/${body.user.id}`, { json: { disabled: false, role: 'user' } })
  c.token = (await c.must(200, 'POST', '/login', { json: { email: 'plain@example.org', password: PASSWORD } })).body.token
  const done = async (client, path) => (await client.must(200, 'GET', path)).body.items.filter((e) => e.action === 'user.changed_by_admin' && e.user_id === body.user.id).map((e) => [e.object, e.detail])
  const expected = [[me.id, 'user,enabled'], [me.id, 'disabled']]
  assert.deepEqual(await done(c, '/audit'), expected)
  assert.deepEqual(await done(admin, '/admin/audit'), expected)
})

test('only addresses of some domains may sign up by themselves', async () => {
  const s = await Service.start({ DOCKET_API_SIGNUP_DOMAINS: 'example.org, example.net' })
  try {
    const c = s.client()
    const at = async (email) => (await c.call('POST', '/signup', { json: { email, password: PASSWORD, locale: 'en' } })).status
    assert.deepEqual([await at('a@Example.NET'), await at('a@example.com'), await at('a@evil-example.org'), await at('a@example.org')], [201, 403, 403, 201])
    assert.deepEqual((await c.must(200, 'GET', '/service')).body.signup_domains, ['example.org', 'example.net'])
  } finally { await s.end() }
})
