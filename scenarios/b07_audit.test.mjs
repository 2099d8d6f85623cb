// People see who read and changed their papers; nobody else does; and the list can be proved whole.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { sample, Service, run } from './lib/service.mjs'

test('the audit tells its owner, is nobody else\'s, and shows meddling', async () => {
  const service = await Service.start()
  service.keep = true
  try {
    const ann = await service.person('ann'), bob = await service.person('bob')
    const { job } = await ann.read(sample('receipt-en.png'), { name: 'a.png' })
    for (let i = 0; i < 3; i++) await ann.must(200, 'GET', `/documents/${job.document_id}/original`)
    await ann.must(200, 'PATCH', `/results/${job.id}/fields`, { json: { fields: { date: null } }, headers: { 'if-match': '*', 'x-request-id': 'mine-1' } })
    await ann.must(200, 'PATCH', `/documents/${job.document_id}`, { json: { note: 'secret words', tags: ['x'] } })
    const entries = await ann.all('/audit')
    const of = (action) => entries.filter((e) => e.action === action)
    assert.equal(of('original.read').length, 1)
    assert.equal(of('original.read')[0].object, job.document_id)
    assert.equal(of('result.read').length, 1)
    assert.deepEqual([of('result.corrected')[0].detail, of('result.corrected')[0].request_id, of('result.corrected')[0].address], ['date', 'mine-1', '127.0.0.1'])
    assert.equal(of('document.changed')[0].detail, 'note,tags')
    assert.ok(entries.every((e) => e.user_id === ann.user.id))
    assert.ok(!JSON.stringify(entries).includes('secret words'))
    assert.deepEqual([...new Set((await bob.all('/audit')).map((e) => e.user_id))], [bob.user.id])
    assert.equal((await bob.call('GET', '/admin/audit')).status, 404) // who is no admin sees no admin's pages
  } finally { await service.end() }
  const verify = () => run(['audit', 'verify', '--data', service.data])
  const whole = verify()
  assert.equal(whole.status, 0, whole.stderr)
  assert.match(whole.stdout, /holds together: \d+ entries\.\nLast entry: \d+ [0-9a-f]{64}\n/)
  execFileSync('sqlite3', [join(service.data, 'docket.db'), "DROP TRIGGER audit_keeps; UPDATE audit SET object = 'x' WHERE n = 3"])
  const broken = verify()
  assert.equal(broken.status, 1)
  assert.match(broken.stdout, /BROKEN at entry 3/)
  execFileSync('rm', ['-rf', service.data])
})
