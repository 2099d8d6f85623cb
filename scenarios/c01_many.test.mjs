// Many documents of several people at once: each gets its own, lists are whole.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Service, sample, serviceFor } from './lib/service.mjs'
import { paperSaying } from './lib/papers.mjs'

const service = serviceFor({ before, after })

test('thirty papers of six people come back each to its own, and to nobody else', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, (_, i) => service.person(`person${i}`)))
  await Promise.all(people.map(async (person, p) => {
    const mine = await Promise.all(Array.from({ length: 5 }, async (_, i) => {
      const word = `NONCE${p}X${i}Q`
      return { word, job: await person.upload(paperSaying(word), { name: `${word}.pdf` }) }
    }))
    for (const { word, job } of mine) {
      const end = await person.finished(job.id)
      assert.equal(end.status, 'done', JSON.stringify(end.error))
      const { text } = await person.result(job.id)
      assert.match(text, new RegExp(word))
      assert.equal([...text.matchAll(/NONCE\w+/g)].length, 1)
    }
    const listed = await person.all('/jobs', 2)
    assert.deepEqual(listed.map((j) => j.id).sort(), mine.map((m) => m.job.id).sort())
    assert.deepEqual(listed.map((j) => j.id), listed.map((j) => j.id).sort().reverse(), 'newest first')
    assert.equal((await person.all('/documents', 3)).length, 5)
  }))
  const metrics = await service.metrics()
  assert.match(metrics, /^docket_jobs_total{[^}]*outcome="done"[^}]*} 30$/m)
})

test('lists refuse limits and cursors that make no sense', async () => {
  const ann = await service.person('ann')
  for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=-1', 'cursor=nonsense', `cursor=${'a'.repeat(500)}`]) {
    const answer = await ann.call('GET', `/jobs?${query}`)
    assert.ok([400, 422].includes(answer.status), `${query}: ${answer.status}`)
  }
  assert.deepEqual((await ann.must(200, 'GET', '/jobs')).body, { items: [], next_cursor: null })
})

test('past its share of the queue one person waits, and others do not', async () => {
  // A queue of its own with room for two.
  const small = await Service.start({ DOCKET_API_MAX_QUEUED_PER_USER: '2', DOCKET_WORKER_SLOTS: '1' })
  try {
    const greedy = await small.person('greedy')
    const modest = await small.person('modest')
    const answers = []
    for (let i = 0; i < 8; i++) answers.push(await greedy.send(sample('letter-fax.tiff'), { name: `${i}.tiff` }))
    const refused = answers.find((a) => a.status !== 202)
    assert.ok(refused, 'eight uploads were all taken')
    assert.equal(refused.status, 429)
    assert.equal(refused.body.code, 'rate_limited')
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await modest.send(sample('receipt-en.png'), { name: 'a.png' })).status, 202)
  } finally { await small.end() }
})
