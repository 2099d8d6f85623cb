// What comes out: every sample against its ground truth, in the shape that the description promises.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { realReceipts, run, sample, sampleKey, serviceFor, root } from './lib/service.mjs'
import { join } from 'node:path'

let ann
const service = serviceFor({ before, after }, {}, async (service) => { ann = await service.person('ann') })

const plain = (s) => s.toLowerCase().normalize('NFKC').replaceAll(/[^\p{L}\p{N}]+/gu, '')

const samples = [
  ['receipt-en.jpg', 'receipt-en'], ['receipt-en.png', 'receipt-en'], ['receipt-en.webp', 'receipt-en'], ['receipt-ru.jpg', 'receipt-ru'],
  ['invoice.pdf', 'invoice'], ['invoice-scan.pdf', 'invoice-scan'], ['letter-fax.tiff', 'letter-fax'],
]
for (const [name, keyName] of samples) {
  test(`${name} is read`, async () => {
    const key = sampleKey(keyName)
    const { job, result } = await ann.read(sample(name), { name })
    assert.equal(result.schema, 'docket.result/1')
    assert.equal(result.job_id, job.id)
    assert.equal(result.pages.length, key.pages ?? 1)
    if (key.source) assert.equal(result.pages[0].source, key.source)
    for (const piece of key.text) assert.ok(plain(result.text).includes(plain(piece)), `the text lacks "${piece}"`)
    if (key.doc_type === 'receipt') {
      assert.equal(result.doc_type.value, 'receipt')
      assert.equal(result.fields.total?.normalized.amount, key.total.amount)
      assert.equal(result.fields.total.normalized.minor, Number(key.total.amount.replace('.', '')))
      assert.equal(result.fields.date?.normalized, key.date)
    }
    wellFormed(result)
    for (const page of result.pages) {
      const { body, headers } = await ann.must(200, 'GET', `/documents/${result.document_id}/pages/${page.number}`)
      assert.match(headers.get('content-type'), /^image\/webp/)
      assert.equal(body.subarray(8, 12).toString(), 'WEBP')
    }
    assert.equal((await ann.call('GET', `/documents/${result.document_id}/pages/${result.pages.length + 1}`)).status, 404)
  })
}

// What holds of every result, whatever the paper.
const wellFormed = (result) => {
  const within = (v) => assert.ok(v >= 0 && v <= 1, String(v))
  for (const [name, field] of Object.entries(result.fields)) {
    within(field.confidence)
    assert.ok(['high', 'medium', 'low'].includes(field.band), `${name}: band ${field.band}`)
    assert.notEqual(field.value, null, name)
    for (const region of field.regions) {
      assert.equal(region.polygon.length, 8)
      region.polygon.forEach(within)
      assert.ok(region.page >= 1 && region.page <= result.pages.length)
    }
  }
  for (const page of result.pages) {
    for (const word of page.words) {
      assert.ok(word.t.length > 0)
      within(word.c)
      word.b.forEach(within)
    }
  }
  assert.match(result.model.sha256, /^[0-9a-f]{64}$/)
  assert.ok(result.model.name && result.model.version)
}

test('a result has an ETag; before the end it is 409 with the way to the job', async () => {
  const bob = await service.person('bob')
  const { id } = await bob.upload(sample('letter-fax.tiff'), { name: 'letter-fax.tiff' })
  const early = await bob.call('GET', `/results/${id}`)
  if (early.status === 409) {
    assert.equal(early.body.code, 'job_not_finished')
    assert.equal(early.body.job_id, id)
    assert.ok(early.headers.get('retry-after'))
  } else assert.equal(early.status, 200) // it was quicker than we
  await bob.finished(id)
  const { headers } = await bob.must(200, 'GET', `/results/${id}`)
  assert.equal((await bob.call('GET', `/results/${id}`, { headers: { 'if-none-match': headers.get('etag') } })).status, 304)
})

test('the list of documents shows what was found', async () => {
  const cleo = await service.person('cleo')
  await cleo.read(sample('receipt-en.png'), { name: 'receipt-en.png' })
  const [item] = await cleo.all('/documents')
  assert.equal(item.status, 'done')
  assert.equal(item.doc_type, 'receipt')
  assert.equal(item.date, '2026-03-14')
  assert.equal(item.total.amount, '17.17')
  assert.equal(item.pages, 1)
  const thumbnail = await cleo.call('GET', item.thumbnail)
  assert.equal(thumbnail.status, 200)
})

const receipts = realReceipts(5)
test('real receipts', { skip: receipts.length ? false : 'no ../shared/data beside this checkout' }, async () => {
  for (const { name, bytes } of receipts) {
    const { result } = await ann.read(bytes, { name })
    assert.equal(result.doc_type.value, 'receipt', name)
    assert.ok(result.text.length > 50, name)
    wellFormed(result)
  }
})

test('docket read says the same without a server', () => {
  const file = join(root, 'samples/receipt-en.png')
  const { status, stdout, stderr } = run(['read', '--format', 'json', file])
  assert.equal(status, 0, stderr)
  const result = JSON.parse(stdout)
  assert.equal(result.doc_type.value, 'receipt')
  assert.equal(result.fields.total.normalized.amount, '17.17')
  const text = run(['read', file])
  assert.equal(text.status, 0)
  assert.match(text.stdout, /17\.17/)
})

test('docket read of something else ends with a clear error', () => {
  const { status, stderr } = run(['read', '/bin/true']) // a program
  assert.notEqual(status, 0)
  assert.match(stderr, /cannot be read|unsupported/i)
})
