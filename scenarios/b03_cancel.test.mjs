// Stopping a job, and running it again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sample, serviceFor } from './lib/service.mjs'

// One slot, so that what is uploaded second surely waits.
const service = serviceFor({ before, after }, { DOCKET_WORKER_SLOTS: '1' })
const slow = sample('letter-fax.tiff')

test('a waiting job is cancelled, keeps its file, and runs to done when retried', async () => {
  const ann = await service.person('ann')
  const ahead = await ann.upload(slow, { name: 'ahead.tiff' })
  const { id, document_id } = await ann.upload(sample('receipt-en.png'), { name: 'behind.png' })
  const { body } = await ann.must(202, 'DELETE', `/jobs/${id}`)
  assert.equal(body.status, 'cancelled')
  assert.equal((await ann.job(id)).status, 'cancelled')
  const result = await ann.call('GET', `/results/${id}`)
  assert.ok([404, 409].includes(result.status))
  await ann.must(200, 'GET', `/documents/${document_id}/original`)
  const again = await ann.must(202, 'POST', `/jobs/${id}/retry`)
  assert.equal(again.body.id, id)
  assert.equal((await ann.finished(id)).status, 'done')
  assert.equal((await ann.finished(ahead.id)).status, 'done')
})

test('a running job is cancelled and its parser goes', async () => {
  const ann = await service.person('ann')
  const { id } = await ann.upload(slow, { name: 'letter.tiff' })
  await service.until('running', async () => ['processing', 'done'].includes((await ann.job(id)).status))
  const answer = await ann.call('DELETE', `/jobs/${id}`)
  if (answer.status === 409) return assert.equal(answer.body.code, 'job_final') // it was quicker than we
  assert.equal(answer.status, 202)
  assert.equal((await ann.finished(id)).status, 'cancelled')
  // Still cancelled after the next job has passed through the same slot.
  await ann.read(sample('receipt-en.png'), { name: 'next.png' })
  assert.equal((await ann.job(id)).status, 'cancelled')
})

test('what has ended can be neither cancelled nor, when done, run again', async () => {
  const ann = await service.person('ann')
  const { job } = await ann.read(sample('receipt-en.png'), { name: 'a.png' })
  assert.equal((await ann.must(409, 'DELETE', `/jobs/${job.id}`)).body.code, 'job_final')
  assert.equal((await ann.must(409, 'POST', `/jobs/${job.id}/retry`)).body.code, 'job_not_retryable')
})

test('a failed job says why, keeps its file and can be retried by hand', async () => {
  const ann = await service.person('ann')
  const broken = sample('receipt-en.jpg').subarray(0, 9000)
  const { id, document_id } = await ann.upload(broken, { name: 'cut.jpg' })
  const job = await ann.finished(id)
  assert.equal(job.status, 'failed')
  assert.equal(job.error.code, 'corrupt_file')
  assert.ok(job.error.title && job.error.advice)
  assert.deepEqual((await ann.must(200, 'GET', `/documents/${document_id}/original`)).body, broken)
  const result = await ann.must(409, 'GET', `/results/${id}`)
  assert.equal(result.body.code, 'job_failed')
  await ann.must(202, 'POST', `/jobs/${id}/retry`)
  assert.equal((await ann.finished(id)).error.code, 'corrupt_file')
})
