// The page on which everybody may see how the service does: there only where it is wanted, and it tells nothing of
// anybody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { encryptedPdf } from './lib/bad-files.mjs'
import { Service, sample } from './lib/service.mjs'

test('there is no such page unless it is asked for', async () => {
  const service = await Service.start()
  try {
    await service.client().must(404, 'GET', '/status')
    assert.equal((await service.client().must(200, 'GET', '/service')).body.status, false)
  } finally { await service.end() }
})

test('it tells how objectives were kept and how right the model is, to anybody, and nothing else', async () => {
  const service = await Service.start({ DOCKET_API_PUBLIC_STATUS: 'on', DOCKET_API_AUTH_PER_MINUTE: '0' })
  try {
    const nobody = service.client()
    assert.equal((await nobody.must(200, 'GET', '/service')).body.status, true)
    const t0 = performance.now()
    const before = (await nobody.must(200, 'GET', '/status')).body
    assert.deepEqual(before.objectives.map((o) => [o.name, o.kept]), [['jobs_done', null], ['result_time', null]])
    const ann = await service.person('ann')
    await ann.read(sample('receipt-en.png'), { name: 'a.png' })
    // A document that nobody can read is not the service's failure.
    await ann.send(encryptedPdf(), { name: 'locked.pdf' })
    await service.until('both are over', async () => (await ann.all('/documents')).every((d) => ['done', 'failed'].includes(d.status)))
    // Whoever asks again soon gets the same: it is added up once in ten seconds, however many ask.
    let { body } = await nobody.must(200, 'GET', '/status')
    if (performance.now() - t0 < 9000) assert.deepEqual(body, before)
    await service.until('a new one', async () => { await sleep(500); body = (await nobody.must(200, 'GET', '/status')).body; return body.objectives[0].kept !== null })
    assert.equal(body.days, 28)
    assert.deepEqual(body.objectives.map((o) => [o.name, o.target, o.kept]), [['jobs_done', 99.5, 100], ['result_time', 95, 100]])
    const total = body.model.fields.find((f) => f.name === 'total')
    assert.ok(total.right > 0.5 && total.right <= 1 && total.sure_right > 0.5, JSON.stringify(body.model))
    assert.ok(!JSON.stringify(body).includes('ann'))
  } finally { await service.end() }
})
