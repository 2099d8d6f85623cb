// What admins see of the running service, and nobody else.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sample, Service } from './lib/service.mjs'

let service, ann, bob
before(async () => {
  service = await Service.start()
  ann = await service.person('ann')
  bob = await service.person('bob')
  await service.stop()
  const { status } = spawnSync('sqlite3', [join(service.data, 'docket.db'), `UPDATE user SET role = 1 WHERE email = '${ann.email}'`])
  assert.equal(status, 0)
  await service.up()
})
after(() => service?.end())

test('an admin sees rates, the slowest jobs and the days', async () => {
  const { result } = await bob.read(sample('receipt-en.png'), { name: 'a.png' })
  const { body } = await ann.must(200, 'GET', '/admin/overview')
  const value = (name, labels = {}) => body.metrics[name].find((s) => Object.entries(labels).every(([k, v]) => s.labels[k] === v))
  assert.equal(value('docket_jobs_total', { outcome: 'done' }).value, 1)
  assert.equal(value('docket_job_seconds').count, 1)
  assert.ok(value('docket_pool_capacity', { pool: 'parsers' }).value >= 1)
  assert.equal(body.slowest[0].job_id, result.job_id)
  assert.equal(body.slowest[0].status, 'done')
  assert.ok(body.days.at(-1).bytes_in >= sample('receipt-en.png').length)
  assert.ok(!JSON.stringify(body).includes('17.17'), 'it tells what a document says')
})

test('to everybody else there is no such page', async () => {
  assert.equal((await bob.call('GET', '/admin/overview')).status, 404)
  assert.equal((await bob.call('GET', '/admin/overview', { auth: false })).status, 401)
})
