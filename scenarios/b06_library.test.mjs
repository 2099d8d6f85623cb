// A person's papers: found, named, tagged, put away, taken along, let go of.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { paperSaying } from './lib/papers.mjs'
import { sample, serviceFor, temporaryFolder } from './lib/service.mjs'

let ann, english, russian
const service = serviceFor({ before, after }, {}, async (service) => {
  ann = await service.person('ann')
  english = (await ann.read(sample('receipt-en.png'), { name: 'shop.png' })).job
  russian = (await ann.read(sample('receipt-ru.jpg'), { name: '=cmd|чек.jpg' })).job
})
const list = async (query = {}, c = ann) => (await c.must(200, 'GET', `/documents?${new URLSearchParams(query)}`)).body.items
const ids = async (query, c) => (await list(query, c)).map((d) => d.id)
const change = (id, json, headers = {}) => ann.call('PATCH', `/documents/${id}`, { json, headers })

test('documents are found by what they say, and the words are marked', async () => {
  const { text } = (await ann.must(200, 'GET', `/results/${russian.id}`)).body
  const word = text.match(/[А-Яа-яё]{6,}/)[0]
  const [hit] = await list({ q: word.toLowerCase() })
  assert.equal(hit.id, russian.document_id)
  assert.equal(hit.match.filter((m) => m.hit)[0].text.toLowerCase(), word.toLowerCase())
  assert.deepEqual(await ids({ q: 'nowhereatall' }), [])
  assert.deepEqual(await ids({ q: `${word} -${word}` }), [])
  assert.deepEqual(await ids({ q: '"' }), [])
})

test('filters are obeyed and nonsense is refused', async () => {
  const d = (await list()).find((x) => x.id === english.document_id)
  assert.deepEqual(await ids({ type: d.doc_type, from: d.date, to: d.date, min: d.total.amount, max: d.total.amount, status: 'done' }), [d.id])
  assert.deepEqual(await ids({ sender: d.merchant.toUpperCase() }), [d.id])
  assert.deepEqual(await ids({ min: '999999' }), [])
  for (const bad of [{ from: '24.11.2026' }, { min: 'ten' }, { status: 'odd' }, { sort: 'size' }, { cursor: 'x' }, { tag: 'a,b,c,d,e,f' }])
    assert.equal((await ann.call('GET', `/documents?${new URLSearchParams(bad)}`)).body.code, 'invalid_input', JSON.stringify(bad))
})

test('pages go on where they stopped, in both orders', async () => {
  for (const sort of ['added', 'date']) {
    const first = (await ann.must(200, 'GET', `/documents?limit=1&sort=${sort}`)).body
    const second = (await ann.must(200, 'GET', `/documents?limit=1&sort=${sort}&cursor=${encodeURIComponent(first.next_cursor)}`)).body
    assert.deepEqual([first.items[0].id, second.items[0].id].sort(), [english.document_id, russian.document_id].sort())
  }
})

test('a title, a note and tags are kept, found and counted', async () => {
  const { body } = await change(english.document_id, { title: 'Холодильник', note: 'Гарантия\nдо 2028', tags: ['Дом', 'tax 2026'] })
  assert.deepEqual([body.title, body.tags.sort()], ['Холодильник', ['tax 2026', 'Дом'].sort()])
  assert.deepEqual(await ids({ q: 'холодильники' }), [english.document_id])
  assert.deepEqual(await ids({ tag: 'дом,Tax 2026' }), [english.document_id])
  const { body: facets } = await ann.must(200, 'GET', '/facets')
  assert.deepEqual(facets.tags.find((t) => t.value === 'Дом'), { value: 'Дом', documents: 1 })
  assert.equal((await change(english.document_id, { title: null })).body.title, null)
  for (const bad of [{}, { colour: 'red' }, { title: 7 }, { tags: ['a,b'] }, { tags: [' '] }, { trashed: 1 }, { title: 'a\u0007' }])
    assert.equal((await change(english.document_id, bad)).status, 422, JSON.stringify(bad))
})

test('a change of an old version is refused when it names one', async () => {
  const etag = (await ann.must(200, 'GET', `/documents/${english.document_id}`)).headers.get('etag')
  assert.equal((await change(english.document_id, { note: 'a' }, { 'if-match': etag })).status, 200)
  assert.equal((await change(english.document_id, { note: 'b' }, { 'if-match': etag })).body.code, 'precondition_failed')
})

test('the trash takes and gives back', async () => {
  await change(english.document_id, { trashed: true })
  assert.ok(!(await ids()).includes(english.document_id))
  assert.deepEqual(await ids({ trash: true }), [english.document_id])
  await change(english.document_id, { trashed: false })
  assert.ok((await ids()).includes(english.document_id))
})

test('the same paper twice is linked', async () => {
  const bytes = paperSaying('TWICE')
  const first = await ann.upload(bytes, { name: 'a.pdf' })
  await ann.finished(first.id)
  const alone = (await ann.must(200, 'GET', `/documents/${first.document_id}`)).headers.get('etag')
  const second = await ann.upload(bytes, { name: 'b.pdf' })
  await ann.finished(second.id)
  const listed = (await list()).find((d) => d.id === second.document_id)
  assert.equal(listed.duplicate_of, first.document_id)
  const { body } = await ann.must(200, 'GET', `/documents/${first.document_id}`, { headers: { 'if-none-match': alone } })
  assert.deepEqual(body.duplicates, [{ id: second.document_id, same: 'bytes' }])
})

test('reading again replaces the result, and corrections stay', async () => {
  const fields = { total: { value: { amount: '77.00', currency: 'EUR' } } }
  await ann.must(200, 'PATCH', `/results/${english.id}/fields`, { json: { fields }, headers: { 'if-match': '*' } })
  const { body: job } = await ann.must(202, 'POST', `/documents/${english.document_id}/reprocess`)
  assert.notEqual(job.id, english.id)
  assert.equal((await ann.finished(job.id)).status, 'done')
  const result = await ann.result(job.id)
  assert.equal(result.fields.total.normalized.amount, '77.00')
  const d = (await list()).find((x) => x.id === english.document_id)
  assert.deepEqual([d.job_id, d.running_job_id, d.total.amount], [job.id, null, '77.00'])
  const stale = await ann.call('PATCH', `/results/${english.id}/fields`, { json: { undo: ['total'] }, headers: { 'if-match': '*' } })
  assert.equal(stale.status, 412)
  const page = await ann.must(200, 'GET', `/documents/${english.document_id}/pages/1`)
  assert.ok(page.body.length > 100)
})

test('CSV is harmless in a spreadsheet, JSON says what each says, a zip has every original', async () => {
  const csv = (await ann.must(200, 'GET', '/export?format=csv')).body.toString('utf8')
  assert.ok(csv.startsWith('\ufeffid,added,file,'))
  assert.ok(csv.includes('"\'=cmd|чек.jpg"'), csv)
  assert.equal(csv.trim().split('\r\n').length, 1 + (await list()).length)
  const json = (await ann.must(200, 'GET', `/export?format=json&type=receipt&q=${encodeURIComponent('чек')}`)).body
  assert.deepEqual(json.documents.map((d) => d.id), [russian.document_id])
  assert.ok(json.documents[0].result.fields)
  const folder = temporaryFolder('export')
  writeFileSync(join(folder, 'all.zip'), (await ann.must(200, 'GET', '/export?format=zip')).body)
  execFileSync('unzip', ['-q', 'all.zip'], { cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  const originals = readdirSync(join(folder, 'originals'))
  assert.equal(originals.length, (await list()).length)
  const mine = originals.find((name) => name.startsWith(russian.document_id))
  assert.ok(mine.endsWith('чек.jpg'), mine)
  assert.deepEqual(readFileSync(join(folder, 'originals', mine)), sample('receipt-ru.jpg'))
  assert.ok(statSync(join(folder, 'documents.csv')).size > 100)
  assert.ok(JSON.parse(readFileSync(join(folder, 'results', `${russian.document_id}.json`), 'utf8')).text)
  assert.equal((await ann.call('GET', '/export?format=exe')).status, 422)
})

test('the digest tells what is due, what was spent on, and what nobody has looked at', async () => {
  const c = await service.person('dora')
  const digest = async () => (await c.must(200, 'GET', '/digest')).body.items
  assert.deepEqual(await digest(), [])
  const { job, result } = await c.read(paperSaying('GAS', 'PAY BY 2027-03-14'), { name: 'gas.pdf' })
  const [one] = await digest()
  assert.deepEqual([one.document_id, one.job_id, one.due_date, one.paid], [job.document_id, job.id, '2027-03-14', false])
  assert.deepEqual([...one.doubtful].sort(), [...result.review.fields].sort())
  assert.ok(one.doubtful.length > 0, 'nothing to check on a paper that says next to nothing')
  // What is said by a person is not asked again, and what they take back is.
  const correct = (json) => c.must(200, 'PATCH', `/results/${job.id}/fields`, { json, headers: { 'if-match': '*' } })
  await correct({ fields: { ...Object.fromEntries(one.doubtful.map((name) => [name, null])), category: { value: 'utilities' }, due_date: { value: '2027-04-01' } } })
  assert.deepEqual((({ doubtful, category, due_date }) => [doubtful, category, due_date])((await digest())[0]), [[], 'utilities', '2027-04-01'])
  await correct({ undo: [one.doubtful[0]] })
  assert.deepEqual((await digest())[0].doubtful, [one.doubtful[0]])
  await c.must(200, 'PATCH', `/documents/${job.document_id}`, { json: { tags: ['ОПЛАЧЕНО'], title: 'Gas' } })
  assert.deepEqual((({ paid, title }) => [paid, title])((await digest())[0]), [true, 'Gas'])
  await c.must(200, 'PATCH', `/documents/${job.document_id}`, { json: { trashed: true } })
  assert.deepEqual(await digest(), [])
})

test('one thing is done to many, each alone', async () => {
  const other = await (await service.person('bob')).upload(paperSaying('BOBS'), { name: 'bob.pdf' })
  const { body } = await ann.must(200, 'POST', '/bulk', { json: { action: 'tag', tag: 'pile', ids: [english.document_id, russian.document_id, other.document_id] } })
  assert.deepEqual(body, { done: 2, failed: [{ id: other.document_id, code: 'not_found' }] })
  assert.equal((await ids({ tag: 'pile' })).length, 2)
  for (const bad of [{ action: 'burn', ids: [english.document_id] }, { action: 'trash', ids: [] }, { action: 'tag', ids: [english.document_id] }, { action: 'trash', ids: ['x'] }])
    assert.equal((await ann.call('POST', '/bulk', { json: bad })).status, 422, JSON.stringify(bad))
})

test('what is deleted is gone with its bytes', async () => {
  const { job } = await ann.read(paperSaying('GONEFOREVER'), { name: 'gone.pdf' })
  const blobs = () => readdirSync(join(service.data, 'blobs'), { recursive: true }).length
  const before = blobs()
  assert.equal((await ids({ q: 'goneforever' })).length, 1)
  await ann.must(204, 'DELETE', `/documents/${job.document_id}`)
  assert.ok(blobs() < before)
  assert.deepEqual(await ids({ q: 'goneforever' }), [])
  for (const path of [`/documents/${job.document_id}`, `/jobs/${job.id}`, `/results/${job.id}`, `/documents/${job.document_id}/original`])
    assert.equal((await ann.call('GET', path)).status, 404, path)
})
