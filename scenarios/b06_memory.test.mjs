// One correction is enough: the next paper of the same sender is read as its owner would have it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sample, serviceFor } from './lib/service.mjs'

let ann, first, read
const service = serviceFor({ before, after }, {}, async (service) => {
  ann = await service.person('ann')
  first = (await ann.read(sample('receipt-en.png'), { name: 'a.png' })).job
  read = await name(ann, first)
})
const name = async (person, job) => (await person.must(200, 'GET', `/results/${job.id}`)).body.fields.merchant_name
const patch = (json) => ann.call('PATCH', `/results/${first.id}/fields`, { json, headers: { 'if-match': '*' } })

test('what was corrected once is remembered for the sender, and said to be', async () => {
  const answer = await patch({ fields: { merchant_name: { value: 'The Corner Shop' } } })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  const { job } = await ann.read(sample('receipt-en.jpg'), { name: 'b.jpg' })
  const again = await name(ann, job)
  assert.equal(again.value, 'The Corner Shop')
  assert.equal(again.source, 'memory')
  assert.match(again.evidence, /corrected/)
  assert.match(again.evidence_ru, /исправили/)
  assert.equal(again.alternatives[0].value, read.value)
})

test('nobody else is told', async () => {
  const bob = await service.person('bob')
  const { job } = await bob.read(sample('receipt-en.jpg'), { name: 'b.jpg' })
  const his = await name(bob, job)
  assert.notEqual(his.value, 'The Corner Shop')
  assert.notEqual(his.source, 'memory')
})

test('a correction undone is forgotten', async () => {
  assert.equal((await patch({ undo: ['merchant_name'] })).status, 200)
  const { job } = await ann.read(sample('receipt-en.webp'), { name: 'c.webp' })
  const now = await name(ann, job)
  assert.notEqual(now.value, 'The Corner Shop')
  assert.notEqual(now.source, 'memory')
})
