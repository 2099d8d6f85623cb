// api/openapi.yaml and the service are the same thing: every operation exists, nothing else does.
// (That each answer looks as described is held by the client in every scenario.)
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { idsOf } from './lib/ids.mjs'
import { operations, spec } from './lib/openapi.mjs'
import { adminOf, root, sample, serviceFor } from './lib/service.mjs'

// A delivery is made by a document's end, and its route is tried in b07.
const UNTRIED = ['/deliveries/{id}/redelivery']
let ann, admin, job, fill
const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_URL: 'http://localhost', DOCKET_API_PUBLIC_STATUS: 'on' }, async (service) => {
  ann = await service.person('ann')
  job = (await ann.read(sample('receipt-en.png'), { name: 'a.png' })).job
  admin = await adminOf(service)
  fill = (await idsOf(ann, job, admin)).fill
})
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

test('the description is OpenAPI 3.1 and every operation has a name and says its answers', () => {
  assert.match(spec.openapi, /^3\.1/)
  const names = operations.map((o) => o.operation.operationId)
  assert.equal(new Set(names).size, names.length)
  for (const { path, method, operation } of operations) {
    assert.ok(operation.operationId, `${method} ${path}`)
    assert.ok(Object.keys(operation.responses).some((s) => /^[23]/.test(s)), `${method} ${path}`)
  }
})

for (const path of new Set(operations.map((o) => o.path))) {
  if (UNTRIED.includes(path)) continue
  const described = operations.filter((o) => o.path === path).map((o) => o.method)
  test(`${path} accepts ${described.join(', ')} and nothing else`, async () => {
    for (const method of METHODS) {
      // What ends something is tried by somebody who needs it no more.
      const ends = path === '/logout' || (method === 'DELETE' && path.endsWith('/{id}') && described.includes(method) && !path.startsWith('/jobs') && !path.startsWith('/documents'))
      const c = path.startsWith('/admin/') ? admin : ends ? await service.person('gone') : ann
      const of = c !== ann && c !== admin && path.includes('{') ? (await idsOf(c, job)).fill : fill
      // and what ends a document, on one that nobody else asks for.
      const spare = method === 'DELETE' && path === '/documents/{id}' ? (await ann.upload(sample('receipt-en.png'), { name: 'spare.png' })).document_id : null
      const answer = await c.call(method, spare ? `/documents/${spare}` : of(path), { ...(['POST', 'PUT', 'PATCH'].includes(method) ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}) })
      if (described.includes(method)) assert.ok(![404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`)
      else {
        assert.equal(answer.status, 405, `${method} ${path} is not described and answers ${answer.status}`)
        const allow = answer.headers.get('allow').split(/,\s*/).filter((m) => METHODS.includes(m)).sort()
        assert.deepEqual(allow, [...described].filter((m) => METHODS.includes(m)).sort())
      }
    }
  })
}

test('what a client has already is not sent again, wherever the description says so', async () => {
  const eve = await service.person('eve')
  const { job } = await eve.read(sample('receipt-en.png'), { name: 'a.png' })
  const { fill } = await idsOf(eve, job)
  await eve.must(202, 'POST', '/account/export')
  await service.until('archived', async () => (await eve.must(200, 'GET', '/account/export')).body.status === 'done')
  const thrifty = operations.filter((o) => o.operation.responses['304'])
  assert.ok(thrifty.length >= 10)
  for (const { path } of thrifty) {
    const { headers } = await eve.must(200, 'GET', fill(path))
    const { body } = await eve.must(304, 'GET', fill(path), { headers: { 'if-none-match': headers.get('etag') } })
    assert.equal(body.length, 0, path)
  }
})

test('every code that the description names is in the one list of failures', () => {
  const list = execFileSync(`${root}/tools/errors-doc`, ['--print'], { encoding: 'utf8' })
  const known = new Set([...list.matchAll(/^\| `([a-z_]+)`/gm)].map((m) => m[1]))
  const named = new Set()
  const walk = (node, key) => {
    if (Array.isArray(node)) return node.forEach((n) => walk(n, key))
    if (node && typeof node === 'object') return Object.entries(node).forEach(([k, v]) => walk(v, k))
    if (key === 'code' && typeof node === 'string' && /^[a-z]+(_[a-z]+)+$/.test(node)) named.add(node)
  }
  walk(spec, null)
  for (const code of named) assert.ok(known.has(code), code)
})
