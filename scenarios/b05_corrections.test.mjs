// A person corrects what was read: it shows at once, stays, and can be undone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sample, serviceFor } from './lib/service.mjs'

let ann, job
const service = serviceFor({ before, after }, {}, async (service) => {
  ann = await service.person('ann')
  job = (await ann.read(sample('receipt-en.png'), { name: 'a.png' })).job
})
const load = () => ann.must(200, 'GET', `/results/${job.id}`)
const correct = (json, etag, c = ann) => c.call('PATCH', `/results/${job.id}/fields`, { json, headers: etag ? { 'if-match': etag } : {} })
const listed = async () => (await ann.all('/documents')).find((d) => d.id === job.document_id)

test('a corrected field shows in the result and in the list, and what was read is kept', async () => {
  const before = await load()
  const read = before.body.fields.total
  const region = { page: 1, polygon: [0.1, 0.1, 0.2, 0.1, 0.2, 0.2, 0.1, 0.2] }
  const answer = await correct({ doc_type: 'invoice', fields: { total: { value: { amount: '21.5' }, region }, merchant_name: { value: 'Магазин' }, due_date: null } }, before.headers.get('etag'))
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const now = await load()
  assert.deepEqual(now.body, answer.body)
  assert.notEqual(now.headers.get('etag'), before.headers.get('etag'))
  const { total, merchant_name } = now.body.fields
  assert.deepEqual(total.normalized, { amount: '21.50', minor: 2150, exp: 2, currency: read.normalized.currency })
  assert.deepEqual([total.source, total.confidence, total.regions], ['user', 1, [region]])
  assert.equal(merchant_name.value, 'Магазин')
  assert.equal(now.body.doc_type.value, 'invoice')
  assert.deepEqual(now.body.corrections.find((c) => c.path === 'total').original, read)
  const document = await listed()
  assert.deepEqual([document.doc_type, document.merchant, document.total.amount], ['invoice', 'Магазин', '21.50'])
})

test('an undone correction brings back what was read', async () => {
  const before = await load()
  const read = Object.fromEntries(before.body.corrections.map((c) => [c.path, c.original]))
  const { body } = await correct({ undo: ['total', 'doc_type', 'merchant_name', 'due_date'] }, before.headers.get('etag'))
  assert.deepEqual(body.corrections, [])
  assert.deepEqual(body.fields.total, read.total)
  assert.equal(body.doc_type.value, 'receipt')
  assert.equal((await listed()).total.amount, read.total.normalized.amount)
})

test('line items are edited as a list', async () => {
  const before = await load()
  const n = before.body.line_items.length
  const { status, body } = await correct({ line_items: [...(n ? [{ of: n }] : []), { description: 'Bag', quantity: 2, amount: { amount: '0.10' } }] }, before.headers.get('etag'))
  assert.equal(status, 200)
  assert.equal(body.line_items.at(-1).description.value, 'Bag')
  assert.equal(body.line_items.length, n ? 2 : 1)
  assert.deepEqual(body.corrections[0].original, before.body.line_items)
  const back = await correct({ undo: ['line_items'] }, '*')
  assert.deepEqual(back.body.line_items, before.body.line_items)
})

test('without a version it is 428, with an old one 412, with nonsense 422', async () => {
  const before = await load()
  const json = { fields: { total: { value: { amount: '1' } } } }
  assert.equal((await correct(json)).body.code, 'precondition_required')
  const refused = await correct(json, '"0"')
  assert.equal(refused.body.code, 'precondition_failed')
  assert.equal(refused.headers.get('etag'), before.headers.get('etag'))
  const wrong = await correct({ fields: { date: { value: '31.02.2026' } } }, before.headers.get('etag'))
  assert.equal(wrong.body.code, 'invalid_input')
  assert.match(wrong.body.detail, /^date/)
  assert.deepEqual((await load()).body, before.body)
})

test('of two who correct the same version one is told so', async () => {
  const etag = (await load()).headers.get('etag')
  const both = await Promise.all(['1.00', '2.00'].map((amount) => correct({ fields: { total: { value: { amount } } } }, etag)))
  assert.deepEqual(both.map((a) => a.status).sort(), [200, 412])
})

test('nobody else corrects it', async () => {
  const bob = await service.person('bob')
  assert.equal((await correct({ doc_type: 'letter' }, '*', bob)).status, 404)
})
