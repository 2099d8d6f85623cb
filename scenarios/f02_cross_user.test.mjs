// No route gives one person anything of another's: every operation of the description is tried with
// the ids of somebody else, and with nobody's session.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { idsOf } from './lib/ids.mjs'
import { operations } from './lib/openapi.mjs'
import { adminOf, sample, serviceFor } from './lib/service.mjs'

let ann, mallory, admin, job, secrets, fill
const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_URL: 'http://localhost' }, async (service) => {
  ann = await service.person('ann')
  mallory = await service.person('mallory')
  job = (await ann.read(sample('receipt-en.png'), { name: 'anns-private-paper.png' })).job
  admin = await adminOf(service)
  const ids = await idsOf(ann, job, admin)
  fill = ids.fill
  secrets = [...ids.all, ann.user.id, ann.email, admin.email, 'anns-private-paper', 'HARBOUR']
})

const OPEN = ['POST /signup', 'POST /login', 'POST /logout']
const bodyFor = (o) => (['POST', 'PUT', 'PATCH'].includes(o.method) ? { body: '{}', headers: { 'content-type': 'application/json' } } : {})
const told = (answer) => {
  const text = Buffer.isBuffer(answer.body) ? answer.body.toString('latin1') : JSON.stringify(answer.body)
  return secrets.filter((s) => text.includes(s))
}

// The way to an id of one's own is in the request, and so may be in the answer's `instance` or links:
// what matters is that nothing comes that was not sent.
const learned = (answer, path) => told(answer).filter((s) => !path.includes(s))

for (const o of operations) {
  const name = `${o.method} ${o.path}`
  test(`${name} tells a stranger nothing`, async () => {
    // A feed's token is the whole of what opens it: a stranger has another.
    const path = fill(o.path, 'dkf_9Wc1x0Yy7Zb0Qm3m1n8r5sVt2uKpLq4JfHgEoDaBiCk')
    const answer = await mallory.call(o.method, path, { ...bodyFor(o), ...(OPEN.includes(name) ? { auth: false } : {}) })
    assert.deepEqual(learned(answer, path), [])
    if (o.path.includes('{')) assert.equal(answer.status, 404, `${name}: ${answer.status}`)
  })
  if (OPEN.includes(name) || (o.operation.security && !o.operation.security.length)) continue
  test(`${name} without a session is 401`, async () => {
    const path = fill(o.path)
    const answer = await service.client().call(o.method, path, bodyFor(o))
    assert.equal(answer.status, 401, `${name}: ${answer.status}`)
    assert.equal(answer.body.code, 'unauthenticated')
    assert.deepEqual(learned(answer, path), [])
  })
}

test('ids that exist and ids that do not answer alike', async () => {
  const bare = ({ request_id, instance, ...rest }) => rest
  for (const path of [(id) => `/jobs/${id}`, (id) => `/results/${id}`, (id) => `/documents/${id}/original`, (id) => `/documents/${id}/pages/1`]) {
    const theirs = await mallory.must(404, 'GET', path(path('').startsWith('/documents') ? job.document_id : job.id))
    const nobodys = await mallory.must(404, 'GET', path('01939b6e-0000-7000-8000-000000000000'))
    assert.deepEqual(bare(theirs.body), bare(nobodys.body))
  }
})

test('after all of that Ann still has everything, and the log says who tried', async () => {
  // Of requests the log takes the first hundred of each second, and this machine may be quick.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await mallory.must(404, 'GET', `/jobs/${job.id}`)
  const tried = service.events().filter((e) => e.event === 'http.request' && e.user_id === mallory.user.id)
  assert.ok(tried.some((e) => e.status === 404 && e.route === 'GET /jobs/{id}'), 'who asks for what is not theirs')
  assert.equal((await ann.job(job.id)).status, 'done')
  await ann.result(job.id)
  assert.equal((await admin.all('/admin/invitations')).length, 1)
  assert.equal((await ann.all('/documents')).length, 1)
  assert.ok((await mallory.all('/documents')).every((d) => d.id !== job.document_id))
})
