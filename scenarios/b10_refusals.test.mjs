// Every refusal that the description promises for every route, provoked by a rule where there is one: from elsewhere,
// without a scope, with nonsense, too often, while the service is full or stops.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, before, test } from 'node:test'
import { Client, PASSWORD } from './lib/client.mjs'
import { idsOf } from './lib/ids.mjs'
import { checkAnswer, operations } from './lib/openapi.mjs'
import { adminOf, sample, Service, serviceFor } from './lib/service.mjs'
import { dial } from './lib/speak.mjs'
import { codeOf } from './lib/totp.mjs'

const NOBODY = '01939b6e-0000-7000-8000-000000000000'
// With mail that never leaves, so that what needs it is there.
const settings = { DOCKET_API_PUBLIC_URL: 'http://localhost', DOCKET_MAIL_SMTP: 'smtp://127.0.0.1:9', DOCKET_MAIL_FROM: 'docket@example.org' }
let ann, admin, job, fill
const service = serviceFor({ before, after }, settings, async (service) => {
  ann = await service.person('ann')
  admin = await adminOf(service)
  job = (await ann.read(sample('receipt-en.png'), { name: 'a.png' })).job
  fill = (await idsOf(ann, job, admin)).fill
})
const describing = (status) => operations.filter((o) => o.operation.responses[status])
const who = (o) => (o.path.startsWith('/admin/') ? admin : ann)
const refused = (o, status, answer) => assert.equal(answer.status, status, `${o.method} ${o.path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`)
const nobodys = (o) => o.path.replaceAll(/{[^}]+}/g, NOBODY)

test('what comes from another site, or with a token that may not, is refused wherever the description says so', async () => {
  const token = service.client()
  token.token = (await ann.must(201, 'POST', '/tokens', { json: { name: 'reader', scopes: ['read'], password: PASSWORD } })).body.token
  for (const o of describing(403)) {
    const { status, body } = o.method === 'GET' ? await token.call('GET', nobodys(o)) : await service.client().call(o.method, nobodys(o), { headers: { 'sec-fetch-site': 'cross-site' } })
    refused(o, 403, { status, body })
    assert.equal(body.code, o.method === 'GET' ? 'insufficient_scope' : 'forbidden')
  }
})

// Nonsense, where an empty object is not nonsense enough.
const NONSENSE = {
  'POST /upload': { body: '' },
  'POST /admin/invitations': { json: { email: 5 } },
  'PATCH /results/{id}/fields': { json: { fields: { date: 5 } }, headers: { 'if-match': '*' } },
  'GET /jobs/{id}': { query: 'wait=long' },
  'GET /export': { query: 'format=stone' },
}
test('nonsense is named wherever the description says so', async () => {
  for (const o of describing(422)) {
    const { query = o.method === 'GET' ? 'limit=0' : '', ...said } = NONSENSE[`${o.method} ${o.path}`] ?? (o.method === 'GET' ? {} : { json: {} })
    refused(o, 422, await who(o).call(o.method, fill(o.path) + (query && `?${query}`), said))
  }
})
test('what is no JSON is called so', async () => {
  for (const o of operations.filter((x) => x.operation.requestBody?.content?.['application/json'])) {
    const answer = await who(o).call(o.method, fill(o.path), { body: '{"a":', headers: { 'if-match': '*' } })
    refused(o, 400, answer)
    assert.equal(answer.body.code, 'malformed_json')
  }
  refused({ method: 'POST', path: '/upload' }, 400, await ann.call('POST', '/upload', { body: '--x\r\n\r\n--x--\r\n', headers: { 'content-type': 'multipart/form-data; boundary=x' } }))
})

// What stands in the way of one route alone. Ann's paper is read.
const links = { token: `dkl_${'a'.repeat(43)}`, password: 'nine grey kettles 52' }
for (const [status, code, method, path, said] of [
  [409, 'email_taken', 'POST', '/signup', () => ({ json: { email: ann.email, password: PASSWORD } })],
  [409, 'conflict', 'POST', '/account/second-factor/recovery-codes', () => ({ json: { password: PASSWORD } })],
  [409, 'export_not_ready', 'GET', '/account/export/file', () => ({})],
  [409, 'job_final', 'DELETE', '/jobs/{id}', () => ({})],
  [409, 'job_not_retryable', 'POST', '/jobs/{id}/retry', () => ({})],
  [404, 'not_found', 'POST', '/account/second-factor/confirm', () => ({ json: { code: '123456' } })],
  [404, 'not_found', 'GET', '/status', () => ({})],
  [410, 'link_invalid', 'POST', '/verify', () => ({ json: links })],
  [410, 'link_invalid', 'POST', '/password-reset/confirm', () => ({ json: links })],
  [412, 'precondition_failed', 'PATCH', '/documents/{id}', () => ({ json: { title: 'x' }, headers: { 'if-match': '"1-x"' } })],
  [412, 'precondition_failed', 'PATCH', '/results/{id}/fields', () => ({ json: { undo: ['total'] }, headers: { 'if-match': '"1-x"' } })],
  [428, 'precondition_required', 'PATCH', '/results/{id}/fields', () => ({ json: { undo: ['total'] } })],
  [415, 'unsupported_type', 'POST', '/upload', () => ({ body: 'PK\u0003\u0004 and nothing more' })],
  [416, 'range_not_satisfiable', 'GET', '/documents/{id}/original', () => ({ headers: { range: 'bytes=99999999-' } })],
])
  test(`${method} ${path} says ${code}`, async () => {
    const answer = await ann.call(method, fill(path), said())
    assert.deepEqual([answer.status, answer.body.code], [status, code])
  })

test('a refusal comes under no name of a file, and is kept nowhere', async () => {
  const { headers } = await ann.must(416, 'GET', fill('/documents/{id}/original'), { headers: { range: 'bytes=99999999-' } })
  assert.deepEqual([headers.get('content-disposition'), headers.get('cache-control'), headers.get('content-type')], [null, 'no-store', 'application/problem+json'])
  assert.match(headers.get('content-range'), /^bytes \*\//)
})

test('what has its time is refused before it and after it', async () => {
  const eva = await service.person('eva')
  const { secret } = (await eva.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body
  await eva.must(200, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret) } })
  assert.equal((await eva.must(409, 'POST', '/account/second-factor/confirm', { json: { code: codeOf(secret, 1) } })).body.code, 'conflict')
  // A delivery that waits for its next try goes out by itself; nobody answers at an address that is none.
  const hook = (await eva.must(201, 'POST', '/webhooks', { json: { url: 'https://hooks.invalid/', events: ['document.done'], password: PASSWORD } })).body.webhook
  await eva.read(sample('receipt-en.png'), { name: 'a.png' })
  let delivery
  await service.until('told', async () => ([delivery] = (await eva.must(200, 'GET', `/webhooks/${hook.id}/deliveries`)).body.items))
  assert.equal((await eva.must(409, 'POST', `/deliveries/${delivery.id}/redelivery`)).body.code, 'conflict')
  const stopped = await eva.upload(sample('receipt-en.png'), { name: 'b.png' })
  await eva.must(202, 'DELETE', `/jobs/${stopped.id}`)
  assert.equal((await eva.must(409, 'PATCH', `/results/${stopped.id}/fields`, { json: { undo: ['total'] }, headers: { 'if-match': '*' } })).body.code, 'cancelled')
  await eva.must(202, 'POST', '/account/export')
  await service.until('archived', async () => (await eva.must(200, 'GET', '/account/export')).body.status === 'done')
  assert.equal((await eva.must(416, 'GET', '/account/export/file', { headers: { range: 'bytes=99999999-' } })).body.code, 'range_not_satisfiable')
})

test('whoever asks too often is told so, wherever the description says so', async () => {
  const limits = Object.fromEntries(['REQUESTS', 'SEARCHES', 'EXPORTS', 'UPLOADS', 'AUTH'].map((kind) => [`DOCKET_API_${kind}_PER_MINUTE`, '1']))
  const strict = await Service.start({ ...settings, ...limits })
  try {
    const bob = await strict.person('bob'), root = await adminOf(strict)
    for (const o of describing(429)) {
      const c = o.operation.security?.length === 0 ? strict.client() : o.path.startsWith('/admin/') ? root : bob
      const ask = () => c.call(o.method, nobodys(o), { ...(o.operation.requestBody ? { body: '{}' } : {}) })
      refused(o, 429, (await ask()).status === 429 ? await ask() : await ask())
    }
  } finally { await strict.end() }
})

// One request on a connection that has stood open since before.
const askOn = async (socket, token, { method, path }) => {
  let said = ''
  socket.on('data', (d) => { said += d })
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  await socket.gone
  const [head, ...rest] = said.split('\r\n\r\n')
  const [first, ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]))
  const answer = { status: Number(first.split(' ')[1]), headers, body: JSON.parse(rest.join('')) }
  checkAnswer(method, path, answer)
  return answer
}
test('while it stops it says so, with the time to come again, wherever the description says so', async () => {
  const s = await Service.start()
  try {
    const c = await s.person('carl')
    const routes = describing(503), sockets = await Promise.all(routes.map(() => dial(s.port)))
    // It waits for an upload that has begun, and meanwhile answers on the connections that it has.
    const slow = await dial(s.port)
    slow.write(`POST /upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${c.token}\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n`)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const look = () => new Promise((resolve, reject) => { request(`${s.url}/service`, { agent }, (r) => { r.resume(); r.on('end', () => resolve(r.statusCode)) }).on('error', reject).end() })
    await look()
    const ended = s.stop()
    await s.until('stopping', async () => (await look()) === 503)
    for (const [i, o] of routes.entries()) {
      const answer = await askOn(sockets[i], c.token, { method: o.method, path: nobodys(o) })
      refused(o, 503, answer)
      assert.equal(answer.body.code, 'shutting_down')
    }
    slow.destroy()
    agent.destroy()
    assert.equal((await ended).code, 0)
  } finally { await s.end() }
})

test('past a full queue the answer is busy, held back for a second; and passkeys need an address', async () => {
  const s = await Service.start({ DOCKET_API_MAX_HASHES: '1' })
  try {
    const c = await s.person('dora')
    for (const [method, path, json] of [['POST', '/login/passkey/options'], ['POST', '/login/passkey', { credential: {} }], ['POST', '/account/passkey-options', { password: PASSWORD }], ['POST', '/account/passkeys', { name: 'x', credential: { response: {} } }]])
      assert.equal((await c.must(409, method, path, { json })).body.code, 'passkeys_off')
    const answers = await Promise.all(Array.from({ length: 200 }, async () => {
      const t0 = performance.now()
      const answer = await new Client(s.url).call('POST', '/login', { json: { email: c.email, password: PASSWORD } })
      return { answer, ms: performance.now() - t0 }
    }))
    const busy = answers.filter((a) => a.answer.status !== 200)
    assert.ok(busy.length > 0 && busy.length < 200 - 64, `${busy.length} of 200`)
    for (const { answer, ms } of busy) {
      assert.deepEqual([answer.status, answer.body.code, answer.body.retryable], [503, 'busy', true])
      assert.ok(Number(answer.headers.get('retry-after')) > 0 && ms >= 1000, `${ms} ms`)
    }
    await c.must(200, 'POST', '/login', { json: { email: c.email, password: PASSWORD } })
  } finally { await s.end() }
})
