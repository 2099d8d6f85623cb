// Limits on how often: each is per person or per address, says when to come back, and harms nobody else.
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { residentKbOf, sample, Service, serviceFor } from './lib/service.mjs'
import { speak } from './lib/speak.mjs'

const service = serviceFor({ before, after }, { DOCKET_API_GUESSES_PER_MINUTE: '4', DOCKET_API_UPLOADS_PER_MINUTE: '3', DOCKET_API_PROXIES: '1' })
const from = (address) => ({ headers: { 'x-forwarded-for': `203.0.113.9, ${address}` } })

test('guessing a password is slowed down where it happens, and nowhere else', async () => {
  const ann = await service.person('ann')
  const guess = (where) => ann.call('POST', '/login', { json: { email: ann.email, password: 'not the password 1' }, ...from(where) })
  for (let i = 0; i < 4; i++) assert.equal((await guess('198.51.100.1')).status, 401)
  const refused = await guess('198.51.100.1')
  assert.equal(refused.status, 429)
  assert.equal(refused.body.code, 'rate_limited')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  const right = { json: { email: ann.email, password: PASSWORD } }
  assert.equal((await ann.call('POST', '/login', { ...right, ...from('198.51.100.1') })).status, 429)
  await ann.must(200, 'POST', '/login', { ...right, ...from('198.51.100.2') })
})

// A client's own line stands before it: who could choose the address could guess without end, and put it on others.
test('of a proxy that adds a line of its own that line is believed, and not the one before it', async () => {
  const ann = await service.person('ann')
  const body = JSON.stringify({ email: ann.email, password: 'not the password 1' })
  const guess = async (i) => Number(/^HTTP\/1\.1 (\d+)/.exec(await speak(service.port, 'POST /login HTTP/1.1\r\nHost: x\r\n' +
    `X-Forwarded-For: 198.51.100.${10 + i}\r\nX-Forwarded-For: 203.0.113.77\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`))[1])
  const said = []
  for (let i = 0; i < 5; i++) said.push(await guess(i))
  assert.deepEqual(said, [401, 401, 401, 401, 429])
})

test('uploads past the limit are refused with the time to wait, other people go on', async () => {
  const [eager, calm] = [await service.person('eager'), await service.person('calm')]
  const answers = []
  for (let i = 0; i < 5; i++) answers.push(await eager.send(sample('receipt-en.png'), { name: 'a.png' }))
  assert.deepEqual(answers.map((a) => a.status), [202, 202, 202, 429, 429])
  assert.match(answers[3].headers.get('ratelimit'), /r=0/)
  assert.equal((await calm.send(sample('receipt-en.png'), { name: 'a.png' })).status, 202)
})

test('reading again costs what an upload costs, also of many at once', async () => {
  const c = await service.person('again'), jobs = []
  for (const name of ['a.png', 'b.png']) jobs.push(await c.finished((await c.upload(sample('tiny/tiny.png'), { name })).id))
  const { body } = await c.must(200, 'POST', '/bulk', { json: { action: 'reprocess', ids: jobs.map((j) => j.document_id) } })
  assert.deepEqual(body, { done: 1, failed: [{ id: jobs[1].document_id, code: 'rate_limited' }] })
  for (const path of [`/jobs/${jobs[1].id}/retry`, `/documents/${jobs[1].document_id}/reprocess`]) assert.equal((await c.call('POST', path)).status, 429)
})

test('signing up from one address has a limit', async () => {
  const small = await Service.start({ DOCKET_API_AUTH_PER_MINUTE: '2' })
  try {
    const c = small.client()
    const signup = (n) => c.call('POST', '/signup', { json: { email: `n${n}@example.org`, password: PASSWORD, locale: 'en' } })
    assert.deepEqual([(await signup(1)).status, (await signup(2)).status, (await signup(3)).status], [201, 201, 429])
  } finally { await small.end() }
})

test('what anybody may ask has a limit by network, of IPv6 by the /64', async () => {
  const open = await Service.start({ DOCKET_API_AUTH_PER_MINUTE: '2', DOCKET_API_PROXIES: '1', DOCKET_API_PUBLIC_STATUS: 'on' })
  try {
    const c = open.client()
    const ask = async (address) => (await c.call('GET', '/status', { auth: false, headers: { 'x-forwarded-for': address } })).status
    assert.deepEqual([await ask('2001:db8:1:2::1'), await ask('2001:db8:1:2:ffff::2'), await ask('2001:db8:1:2::3')], [200, 200, 429])
    assert.equal(await ask('2001:db8:1:3::1'), 200)
    assert.deepEqual([await ask('192.0.2.1'), await ask('::ffff:192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.2')], [200, 200, 429, 200])
  } finally { await open.end() }
})

test('who has used their room is told so, with 507, and others go on', async () => {
  const small = await Service.start({ DOCKET_API_MAX_DOCUMENTS_PER_USER: '1' })
  try {
    const [full, other] = [await small.person('full'), await small.person('other')]
    const { length } = sample('receipt-en.png')
    const kept = () => readdirSync(join(small.data, 'blobs'), { recursive: true })
      .filter((f) => statSync(join(small.data, 'blobs', f), { throwIfNoEntry: false })?.size === length).length
    const use = async (who) => (await who.must(200, 'GET', '/account/usage')).body
    assert.deepEqual(await use(full), { documents: { used: 0, in_trash: 0, limit: 1 }, bytes: { used: 0, in_trash: 0, limit: null }, waiting: { used: 0, limit: 500 } })
    const { document_id: id } = (await full.send(sample('receipt-en.png'), { name: 'a.png' })).body
    assert.deepEqual((({ documents, bytes }) => ({ documents, bytes }))(await use(full)), { documents: { used: 1, in_trash: 0, limit: 1 }, bytes: { used: length, in_trash: 0, limit: null } })
    const refused = await full.send(sample('receipt-en.png'), { name: 'b.png' })
    assert.equal(refused.status, 507)
    assert.equal(refused.body.code, 'quota_exceeded')
    assert.equal(refused.body.retryable, false)
    assert.equal(kept(), 1, 'what is refused takes no room')
    assert.equal((await other.send(sample('receipt-en.png'), { name: 'a.png' })).status, 202)
    // The trash takes room until what lies there is gone, and it is said how much.
    await full.must(200, 'PATCH', `/documents/${id}`, { json: { trashed: true } })
    assert.deepEqual((await use(full)).bytes, { used: length, in_trash: length, limit: null })
    assert.equal((await full.send(sample('receipt-en.png'), { name: 'b.png' })).status, 507)
    await full.must(204, 'DELETE', `/documents/${id}`)
    assert.deepEqual((await use(full)).documents, { used: 0, in_trash: 0, limit: 1 })
    assert.equal((await full.send(sample('receipt-en.png'), { name: 'b.png' })).status, 202)
    await small.until('read', async () => (await use(full)).waiting.used === 0)
  } finally { await small.end() }
})

test('every answer to somebody who is logged in says what is left of its kind', async () => {
  const limited = await Service.start({ DOCKET_API_REQUESTS_PER_MINUTE: '100', DOCKET_API_EXPORTS_PER_MINUTE: '1' })
  try {
    const c = await limited.person('ann')
    const { headers } = await c.must(200, 'GET', '/jobs')
    assert.match(headers.get('ratelimit-policy'), /q=100/)
    assert.match(headers.get('ratelimit'), /r=\d+;t=\d+/)
    // What costs much has a bucket of its own, and leaves that of the rest alone.
    await c.must(200, 'GET', '/export?format=csv')
    assert.equal((await c.call('GET', '/export?format=csv')).status, 429)
    await c.must(200, 'GET', '/jobs')
  } finally { await limited.end() }
})

// In memory a result is some fifteen times its text, and each thread would keep what it has once had.
test('large results asked for at once leave no memory behind', async () => {
  const s = await Service.start()
  try {
    const c = await s.person('ann')
    const words = Array.from({ length: 3500 }, (_, i) => `line ${i} of words that go on and on with sums of 12.34 and 56.78 in it and more\n`).join('')
    const { job } = await c.read(Buffer.from(words), { name: 'long.txt' })
    const before = residentKbOf(s.pid)
    const ask = async () => (await (await fetch(`${s.url}/results/${job.id}`, { headers: { authorization: `Bearer ${c.token}` } })).arrayBuffer()).byteLength
    const sizes = await Promise.all(Array.from({ length: 8 }, ask))
    for (const n of sizes) assert.ok(n > 3 << 20, `${n}`)
    await s.until('given back', () => residentKbOf(s.pid) < before + (64 << 10), 10)
  } finally { await s.end() }
})
