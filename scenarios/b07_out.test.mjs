// What goes out: webhooks with their signature, tried again, given up, sent again; the calendar; the export.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { PASSWORD } from './lib/client.mjs'
import { paperSaying } from './lib/papers.mjs'
import { sample, Service, serviceFor, temporaryFolder } from './lib/service.mjs'

// A receiver: answers what it is told to, and keeps what came.
class Receiver {
  calls = []
  answers = []
  static async open() {
    const r = new Receiver()
    r.server = createServer((request, response) => {
      let body = ''
      request.on('data', (d) => { body += d })
      request.on('end', () => {
        r.calls.push({ headers: request.headers, body, url: request.url })
        const { status = 204, headers = {} } = r.answers.shift() ?? {}
        response.writeHead(status, headers).end()
      })
    })
    await new Promise((resolve) => r.server.listen(0, '127.0.0.1', resolve))
    return r
  }
  get url() { return `http://127.0.0.1:${this.server.address().port}/hook` }
  close() { this.server.closeAllConnections(); this.server.close() }
}

let receiver
const service = serviceFor({ before, after }, { DOCKET_WEBHOOK_PRIVATE: 'on', DOCKET_ERRAND_BACKOFF: '20ms', DOCKET_ERRAND_MAX_ATTEMPTS: '3' },
  async () => { receiver = await Receiver.open() })
after(() => receiver?.close())

const hookFor = async (c, events = ['document.done', 'document.failed'], url = receiver.url) =>
  (await c.must(201, 'POST', '/webhooks', { json: { url, events, password: PASSWORD } })).body
const deliveries = async (c, hook) => (await c.must(200, 'GET', `/webhooks/${hook.webhook.id}/deliveries`)).body.items
const settled = async (c, hook) => {
  let items
  await service.until('delivered or given up', async () => (items = await deliveries(c, hook)).length > 0 && items.every((d) => d.status !== 'waiting'))
  return items
}
const callsOf = (id) => receiver.calls.filter((x) => x.headers['webhook-id'] === id)

test('a document that is read is told, signed, with ids and nothing of what it says', async () => {
  const c = await service.person('ann')
  const hook = await hookFor(c)
  const { job } = await c.read(sample('receipt-en.png'), { name: 'private-name.png' })
  const [delivery] = await settled(c, hook)
  assert.equal(delivery.status, 'done')
  const [call] = callsOf(delivery.id)
  const event = JSON.parse(call.body)
  assert.deepEqual(event.data, { job_id: job.id, document_id: job.document_id })
  assert.equal(event.type, 'document.done')
  assert.equal(event.id, delivery.id)
  assert.ok(!call.body.includes('private-name') && !call.body.includes('HARBOUR'))
  const expected = createHmac('sha256', hook.secret).update(`${call.headers['webhook-id']}.${call.headers['webhook-timestamp']}.${call.body}`).digest('base64')
  assert.equal(call.headers['webhook-signature'], `v1,${expected}`)
  assert.ok(Math.abs(Number(call.headers['webhook-timestamp']) - Date.now() / 1000) < 60)
})

test('who fails is asked again under the same id, with the same body', async () => {
  const c = await service.person('bob')
  const hook = await hookFor(c)
  receiver.answers.push({ status: 500 }, { status: 503 })
  await c.read(sample('receipt-en.png'), { name: 'a.png' })
  const [delivery] = await settled(c, hook)
  assert.equal(delivery.status, 'done')
  assert.equal(delivery.attempts, 3)
  const calls = callsOf(delivery.id)
  assert.equal(calls.length, 3)
  assert.equal(new Set(calls.map((x) => x.body)).size, 1)
})

// Fails without a bound for one owner: two of the addresses that never answer are called at the same time then.
test('addresses that never answer hold up their owner and nobody else', async () => {
  const [mallory, nora] = [await service.person('mallory'), await service.person('nora')]
  let open = 0, most = 0
  const silent = createServer(() => {})
  silent.on('connection', (s) => { most = Math.max(most, ++open); s.on('error', () => {}).on('close', () => open--) })
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${silent.address().port}/`
    const hooks = []
    for (let i = 0; i < 8; i++) hooks.push(await hookFor(mallory, ['document.done'], url))
    for (const name of ['a.png', 'b.png', 'c.png']) await mallory.read(sample('receipt-en.png'), { name })
    await service.until('one of them is called', () => open > 0)
    const hook = await hookFor(nora)
    await nora.read(sample('receipt-en.png'), { name: 'n.png' })
    const [delivery] = await settled(nora, hook)
    assert.deepEqual([delivery.status, delivery.attempts], ['done', 1])
    const waiting = (await Promise.all(hooks.map((h) => deliveries(mallory, h)))).flat().filter((d) => d.status === 'waiting')
    assert.ok(waiting.length > 4, `${waiting.length} wait`)
    assert.equal(most, 1)
    for (const h of hooks) await mallory.must(204, 'DELETE', `/webhooks/${h.webhook.id}`)
  } finally { silent.closeAllConnections(); silent.close() }
})

test('after the last attempt it is dead, is said so, and can be sent again by hand', async () => {
  const c = await service.person('carl')
  const hook = await hookFor(c)
  receiver.answers.push({ status: 500 }, { status: 500 }, { status: 500 })
  await c.read(sample('receipt-en.png'), { name: 'a.png' })
  const [dead] = await settled(c, hook)
  assert.equal(dead.status, 'dead')
  assert.equal(dead.detail, '500')
  await c.must(204, 'POST', `/deliveries/${dead.id}/redelivery`)
  const [again] = await settled(c, hook)
  assert.equal(again.status, 'done')
  assert.equal(callsOf(dead.id).length, 4)
})

test('what was given up is on record for its time, and then is not sent again', async () => {
  const short = await Service.start({ DOCKET_WEBHOOK_PRIVATE: 'on', DOCKET_ERRAND_MAX_ATTEMPTS: '1', DOCKET_ERRAND_LIFE: '3s' })
  try {
    const c = await short.person('dora')
    const hook = await hookFor(c)
    receiver.answers.push({ status: 500 })
    await c.read(sample('tiny/tiny.png'), { name: 'a.png' })
    let dead
    await short.until('given up', async () => ([dead] = await deliveries(c, hook))[0]?.status === 'dead')
    const listed = Date.now() - Date.parse(dead.finished_at)
    assert.ok(listed >= -1000 && listed < 3000 + 2000, `${listed} ms`)
    await short.until('gone', async () => (await deliveries(c, hook)).length === 0)
    await c.must(404, 'POST', `/deliveries/${dead.id}/redelivery`)
    assert.equal((await c.must(200, 'GET', '/webhooks')).body.items.length, 1)
  } finally { await short.end() }
})

test('a redirect is not followed, 410 ends it at once', async () => {
  const c = await service.person('dora')
  const hook = await hookFor(c)
  receiver.answers.push({ status: 302, headers: { location: `http://127.0.0.1:${service.adminPort}/metrics` } }, { status: 410 })
  await c.read(sample('receipt-en.png'), { name: 'a.png' })
  const [delivery] = await settled(c, hook)
  assert.equal(delivery.status, 'dead')
  assert.equal(delivery.attempts, 2)
  assert.equal(delivery.detail, '410')
})

test('a failed document is told to who asked for that alone; an ended webhook hears nothing', async () => {
  const c = await service.person('emil')
  const [done, failed] = [await hookFor(c, ['document.done']), await hookFor(c, ['document.failed'])]
  const job = await c.finished((await c.upload(Buffer.from('%PDF-1.7 broken'), { name: 'x.pdf' })).id)
  assert.equal(job.status, 'failed')
  const [delivery] = await settled(c, failed)
  assert.equal(JSON.parse(callsOf(delivery.id)[0].body).type, 'document.failed')
  assert.deepEqual(await deliveries(c, done), [])
  await c.must(204, 'DELETE', `/webhooks/${failed.webhook.id}`)
  await c.must(404, 'GET', `/webhooks/${failed.webhook.id}/deliveries`)
})

test('without leave, a webhook calls nothing but the public internet, whatever its name', async () => {
  const strict = await Service.start({ DOCKET_ERRAND_BACKOFF: '20ms' })
  try {
    const c = await strict.person('fritz')
    const refused = async (url) => (await c.must(422, 'POST', '/webhooks', { json: { url, events: ['document.done'], password: PASSWORD } })).body.code
    for (const url of ['http://hooks.example.org/', 'ftp://x.example/', 'https://', 'https://user:pw@x.example/', 'file:///etc/passwd', 'https://x.example/\r\nX-Evil: 1', 'gopher://x/'])
      assert.equal(await refused(url), 'address_refused', url)
    const hooks = []
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1'])
      hooks.push((await c.must(201, 'POST', '/webhooks', { json: { url: `https://${host}:${strict.adminPort}/`, events: ['document.done'], password: PASSWORD } })).body)
    await c.read(sample('receipt-en.png'), { name: 'a.png' })
    for (const hook of hooks) {
      let items
      await strict.until('given up', async () => (items = (await c.must(200, 'GET', `/webhooks/${hook.webhook.id}/deliveries`)).body.items)[0]?.status === 'dead')
      assert.equal(items[0].attempts, 1, hook.webhook.url)
      assert.match(items[0].detail, /not on the public internet/, hook.webhook.url)
    }
  } finally { await strict.end() }
})

test('a calendar program finds the due dates at an address that opens nothing else and ends by a click', async () => {
  const c = await service.person('gina')
  const { path, key } = (await c.must(201, 'POST', '/feeds', { json: { name: "Gina's phone", password: PASSWORD } })).body
  const due = await c.read(paperSaying('GAS', 'PAY BY 2027-03-14'), { name: 'gas.pdf' })
  assert.equal(due.result.fields.due_date?.normalized, '2027-03-14')
  const anyone = service.client()
  const dates = async () => (await anyone.must(200, 'GET', path)).body.toString().match(/^DTSTART.*$/gm) ?? []
  assert.deepEqual(await dates(), ['DTSTART;VALUE=DATE:20270314'])
  // As its owner corrects it, and not while it lies in the trash.
  await c.must(200, 'PATCH', `/results/${due.job.id}/fields`, { json: { fields: { due_date: { value: '2027-04-01' } } }, headers: { 'if-match': '*' } })
  assert.deepEqual(await dates(), ['DTSTART;VALUE=DATE:20270401'])
  await c.must(200, 'PATCH', `/documents/${due.job.document_id}`, { json: { trashed: true } })
  assert.deepEqual(await dates(), [])
  await c.must(200, 'PATCH', `/documents/${due.job.document_id}`, { json: { trashed: false, tags: ['Paid', 'gas'] } })
  assert.deepEqual(await dates(), [])
  await c.must(200, 'PATCH', `/documents/${due.job.document_id}`, { json: { tags: ['gas'] } })
  const feed = await anyone.must(200, 'GET', path)
  const text = feed.body.toString()
  assert.match(feed.headers.get('content-type'), /text\/calendar/)
  assert.match(text, /^BEGIN:VCALENDAR\r\n[^]*END:VCALENDAR\r\n$/)
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
  await anyone.must(401, 'GET', '/documents', { headers: { authorization: `Bearer ${path.split('/').pop()}` } })
  assert.ok(!service.tail(100_000).includes('dkf_'))
  // All of Gina's results are read for it: twelve times in a minute are enough for one address, and no other pays for it.
  const { path: other } = (await c.must(201, 'POST', '/feeds', { json: { name: 'a laptop', password: PASSWORD } })).body
  let refused
  for (let i = 0; i < 20 && refused?.status !== 429; i++) refused = await anyone.call('GET', path)
  assert.deepEqual([refused.status, refused.body.code], [429, 'rate_limited'])
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await anyone.must(200, 'GET', other)
  await c.must(204, 'DELETE', `/feeds/${key.id}`)
  await anyone.must(404, 'GET', path)
})

test('the export is one zip with every original and result, whose names stay in its folder', async () => {
  const c = await service.person('hugo')
  await c.must(409, 'GET', '/account/export/file')
  const paper = sample('receipt-en.jpg')
  const { job, result } = await c.read(paper, { name: 'receipt.jpg' })
  await c.must(200, 'PATCH', `/results/${job.id}/fields`, { json: { fields: { due_date: { value: '2027-04-01' }, date: null } }, headers: { 'if-match': '*' } })
  await c.read(sample('receipt-en.png'), { name: '../../../../etc/cron.d/Ёлка\\..\\x.png' })
  await c.must(202, 'POST', '/account/export')
  await service.until('exported', async () => (await c.must(200, 'GET', '/account/export')).body.status === 'done')
  const zip = await c.must(200, 'GET', '/account/export/file')
  const folder = temporaryFolder('export')
  writeFileSync(join(folder, 'x.zip'), zip.body)
  const list = spawnSync('python3', ['-c', 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print("\\n".join(z.namelist())); assert z.testzip() is None; z.extractall(sys.argv[2])', join(folder, 'x.zip'), join(folder, 'out')], { encoding: 'utf8' })
  assert.equal(list.status, 0, list.stderr)
  const names = list.stdout.trim().split('\n')
  for (const name of names) assert.match(name, /^(account\.json|documents\.jsonl|corrections\.jsonl|audit\/\d{4}\.jsonl|originals\/[^/\\]+|results\/[0-9a-f-]+\.json)$/)
  const original = readdirSync(join(folder, 'out/originals')).find((n) => n.endsWith(' receipt.jpg'))
  assert.ok(readFileSync(join(folder, 'out/originals', original)).equals(paper))
  assert.equal(JSON.parse(readFileSync(join(folder, `out/results/${job.id}.json`))).fields.total.value, result.fields.total.value)
  const corrections = readFileSync(join(folder, 'out/corrections.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l))
  assert.deepEqual(Object.fromEntries(corrections.map((l) => [l.path, [l.job_id, l.after?.value ?? null]])), { due_date: [job.id, '2027-04-01'], date: [job.id, null] })
  assert.equal(JSON.parse(readFileSync(join(folder, 'out/account.json'))).email, c.email)
  const audit = readFileSync(join(folder, 'out/audit/0001.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l))
  const told = (await c.all('/audit', 200)).filter((e) => e.n <= audit[0].n)
  assert.deepEqual(audit.map((e) => [e.n, e.action, e.object ?? null]), told.map((e) => [e.n, e.action, e.object]))
  for (const action of ['document.uploaded', 'account.exported']) assert.ok(audit.some((e) => e.action === action), action)
  const part = await c.call('GET', '/account/export/file', { headers: { range: 'bytes=0-1' } })
  assert.equal(part.status, 206)
  assert.equal(part.body.toString(), 'PK')
})

test('an archive is kept for its time, and then not a byte of it', async () => {
  const short = await Service.start({ DOCKET_ACCOUNT_ARCHIVE_LIFE: '3s' })
  try {
    const c = await short.person('mona'), blobs = join(short.data, 'blobs')
    const { document_id: id } = await c.upload(sample('tiny/tiny.png'), { name: 'gone.png' })
    const zips = () => readdirSync(blobs, { recursive: true }).map((f) => join(blobs, f)).filter((f) => statSync(f, { throwIfNoEntry: false })?.isFile() && readFileSync(f).subarray(0, 2).toString() === 'PK')
    let body
    await c.must(202, 'POST', '/account/export')
    await short.until('archived', async () => (body = (await c.must(200, 'GET', '/account/export')).body).status === 'done')
    assert.equal(Date.parse(body.expires_at) - Date.parse(body.finished_at), 3000)
    // What is deleted for good is in there until it goes.
    await c.must(204, 'DELETE', `/documents/${id}`)
    assert.equal(zips().length, 1)
    await short.until('gone', async () => (await c.must(200, 'GET', '/account/export')).body.status === 'none')
    await c.must(409, 'GET', '/account/export/file')
    await short.until('its file is gone', () => zips().length === 0)
  } finally { await short.end() }
})

test('an original that storage has lost keeps no other paper back: the exports name it', async () => {
  const c = await service.person('lena')
  const lost = sample('receipt-en.png'), kept = sample('receipt-en.jpg')
  const { job } = await c.read(lost, { name: 'lost.png' })
  await c.read(kept, { name: 'kept.jpg' })
  const blobs = join(service.data, 'blobs')
  const file = readdirSync(blobs, { recursive: true }).map((f) => join(blobs, f)).filter((f) => statSync(f).isFile() && readFileSync(f).equals(lost))
  const mine = file.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
  renameSync(mine, `${mine}.aside`)
  await c.must(202, 'POST', '/account/export')
  await service.until('exported', async () => (await c.must(200, 'GET', '/account/export')).body.status === 'done')
  const zips = [await c.must(200, 'GET', '/account/export/file'), await c.must(200, 'GET', '/export?format=zip')]
  renameSync(`${mine}.aside`, mine)
  for (const zip of zips) {
    const folder = temporaryFolder('export')
    writeFileSync(join(folder, 'x.zip'), zip.body)
    execFileSync('unzip', ['-q', 'x.zip'], { cwd: folder })
    assert.deepEqual(readdirSync(join(folder, 'originals')).map((n) => n.split(' ')[1]), ['kept.jpg'])
    assert.equal(readdirSync(join(folder, 'results')).length, 2)
    assert.equal(readFileSync(join(folder, 'missing.txt'), 'utf8'), `originals/${job.document_id} lost.png\n`)
  }
  assert.ok(service.events().some((e) => e.event === 'export.original_missing' && e.document_id === job.document_id))
})
