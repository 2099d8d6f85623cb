// What people trust us with stays out of logs, metrics and traces: names of files, words of papers, addresses, secrets.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { PASSWORD } from './lib/client.mjs'
import { Collector } from './lib/collector.mjs'
import { adminOf, sample, sampleKey, Service } from './lib/service.mjs'

let collector, service
before(async () => {
  collector = await Collector.start()
  service = await Service.start({ DOCKET_TRACE_ENDPOINT: collector.endpoint, DOCKET_TRACE_SAMPLE: '100', DOCKET_LOG_LEVEL: 'debug' })
})
after(async () => { await service?.end(); await collector?.end() })

// A person does what people do, rightly and wrongly; the words and secrets that went over the wire come back.
const live = async (c) => {
  const words = [c.email, c.email.split('@')[0], PASSWORD, c.token]
  const say = (word) => { words.push(word); return word }
  const paper = sampleKey('receipt-en')
  words.push(...['merchant', 'merchant_name', 'company'].map((k) => paper[k]).filter(Boolean))

  const { job } = await c.read(sample('receipt-en.jpg'), { name: `${say('Zanzibar Holiday Bills')}.jpg` })
  const path = `/results/${job.id}/fields`
  const { headers } = await c.must(200, 'GET', `/results/${job.id}`)
  await c.must(200, 'PATCH', path, { json: { fields: { merchant_name: { value: say('Quetzal Widgets') } } }, headers: { 'if-match': headers.get('etag') } })
  const document = (await c.must(200, 'GET', `/documents/${job.document_id}`))
  await c.must(200, 'PATCH', `/documents/${job.document_id}`, { headers: { 'if-match': document.headers.get('etag') },
    json: { title: say('Grandmother Xylophone'), note: say('she owes me plumcake'), tags: [say('Velociraptor')] } })
  await c.must(200, 'GET', `/documents?q=${encodeURIComponent(say('Kumquat'))}`)
  const spoiled = await c.finished((await c.upload(sample('receipt-en.jpg').subarray(0, 300), { name: `${say('Broken Heirloom')}.jpg` })).id)
  assert.equal(spoiled.status, 'failed')

  say((await c.must(201, 'POST', '/tokens', { json: { name: say('Pterodactyl Script'), scopes: ['read'], password: PASSWORD } })).body.token)
  const hook = (await c.must(201, 'POST', '/webhooks', { json: { url: `https://${say('hooks.wombat.example')}/in?key=${say('hunter2hunter2')}`, events: ['document.done'], password: PASSWORD } })).body
  say(hook.secret)
  await c.read(sample('receipt-en.png'), { name: `${say('Second Marmalade')}.png` })
  await service.until('a delivery tried', async () => (await c.must(200, 'GET', `/webhooks/${hook.webhook.id}/deliveries`)).body.items.some((d) => d.attempts > 0))
  const feed = (await c.must(201, 'POST', '/feeds', { json: { name: say('Calendar of Aardvarks'), password: PASSWORD } })).body
  await c.must(200, 'GET', feed.path, { auth: false })
  say(feed.path.split('/').pop())
  say((await c.must(201, 'POST', '/account/second-factor', { json: { password: PASSWORD } })).body.secret)

  await c.must(401, 'POST', '/login', { json: { email: c.email, password: say('wrong horse battery') }, auth: false })
  await c.call('POST', '/login', { json: { email: `${say('nobody-okapi')}@example.org`, password: PASSWORD }, auth: false })
  await c.call('POST', '/signup', { body: `{"email": "${say('half-an-ocelot')}`, headers: { 'content-type': 'application/json' }, auth: false })
  await c.call('GET', `/jobs/${say('not-an-id-platypus')}`)
  return words
}

test('nothing that a person gave us is in the log, the metrics or the traces', async () => {
  const words = await live(await service.person('capybara'))
  const admin = await adminOf(service)
  words.push(admin.email, admin.token)
  await admin.must(200, 'GET', '/admin/users')
  await service.until('all is traced', () => collector.spans.some((s) => s.name === 'GET /admin/users'))
  const metrics = await service.metrics()
  await service.stop()
  const seen = { log: readFileSync(service.log, 'utf8'), metrics, traces: JSON.stringify(collector.spans) }
  assert.ok(seen.log.includes('"event":"http.request"') && seen.traces.length > 1000)
  for (const word of words) {
    assert.ok(word && word.length >= 5, `too short to look for: ${word}`)
    for (const [where, text] of Object.entries(seen)) {
      const at = text.toLowerCase().indexOf(word.toLowerCase())
      assert.equal(at, -1, `"${word}" is in the ${where}: ...${text.slice(Math.max(0, at - 200), at + 100)}`)
    }
  }
})
