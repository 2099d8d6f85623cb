// The description against the service: its examples are true, and whatever is made from its schemas (or is
// close to them) gets an answer that it describes, never a 500. FC_SEED=n FC_RUNS=m repeat and extend a run.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { operations, resolve, schemaHolds, spec } from './lib/openapi.mjs'
import { idsOf } from './lib/ids.mjs'
import { root, sample, serviceFor } from './lib/service.mjs'
import { execFileSync } from 'node:child_process'

let ann, job, ofAnn
const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_URL: 'http://localhost' }, async (service) => {
  ann = await service.person('ann')
  job = (await ann.read(sample('receipt-en.png'), { name: 'a.png' })).job
  ofAnn = (await idsOf(ann, job)).fill
})

// Somebody new for one operation, with things of his own where its address names one. Any paper does, a small one soonest.
const newcomer = async (path, paper = sample('tiny/tiny.png')) => {
  const person = await service.person('new')
  if (!path.includes('{')) return { person, fill: (path) => path }
  const own = await person.upload(paper, { name: 'x.png' })
  return { person, own, fill: (await idsOf(person, own)).fill }
}

test('docs/api.md and the reference page are what the description says', () => {
  execFileSync(`${root}/tools/api-docs`, ['--check'], { stdio: 'pipe' })
})

test('the reference page asks nobody else for anything', async () => {
  const { body, headers } = await ann.must(200, 'GET', '/reference', { auth: false })
  const html = body.toString()
  for (const [, url] of html.matchAll(/(?:src|href)="([^"]+)"/g)) assert.ok(url.startsWith('#') || url === '/reference.css', url)
  assert.ok(!/<script|<style|\sstyle=|\son\w+=/.test(html))
  assert.match(headers.get('content-security-policy'), /default-src 'none'/)
})

// ---- examples ----

const examplesOf = (content) => (content.examples ? Object.values(content.examples).map((e) => e.value) : content.example !== undefined ? [content.example] : [])

test('every example is valid by its own schema', () => {
  let n = 0
  const check = (where, content) => { for (const example of examplesOf(content)) { n++; assert.deepEqual(schemaHolds(content.schema, example), [], where) } }
  for (const { method, path, operation } of operations) {
    for (const [type, content] of Object.entries(operation.requestBody?.content ?? {})) if (/json/.test(type)) check(`${method} ${path} body`, content)
    for (const [status, given] of Object.entries(operation.responses))
      for (const [type, content] of Object.entries(resolve(given).content ?? {})) if (/json/.test(type)) check(`${method} ${path} ${status}`, content)
  }
  for (const [name, schema] of Object.entries(spec.components.schemas)) if (schema.example) check(name, { schema, example: schema.example })
  assert.ok(n > 15, `${n} examples`)
})

test('every example of a body is understood when it is sent', async () => {
  for (const { method, path, operation } of operations) {
    const content = operation.requestBody?.content?.['application/json']
    if (!content) continue
    for (const example of examplesOf(content)) {
      const results = path.includes('/results/') // whose fields the examples name
      const { person, own, fill } = await newcomer(path, results ? sample('receipt-en.png') : undefined)
      if (results) await person.finished(own.id)
      const answer = await person.call(method, fill(path), { json: example, headers: results ? { 'if-match': '*' } : {} })
      const where = `${method} ${path} ${JSON.stringify(example)}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`
      assert.ok(answer.status < 500 && answer.status !== 400, where)
      // Line items are named by number, and this paper may have fewer.
      if (answer.status === 422) assert.match(answer.body.detail, /\.of:/, where)
    }
  }
})

// ---- properties ----

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31), numRuns = Number(process.env.FC_RUNS ?? 8)
const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('', '\u0000', '../..', "' OR 1=1 --", '=1+1', '😀', '١٢', '-0', 1e308, -1, []))

const arbitrary = (given, depth = 0) => {
  const schema = resolve(given) ?? {}
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const any = schema.oneOf ?? schema.anyOf
  if (any) return fc.oneof(...any.map((s) => arbitrary(s, depth)))
  const type = [schema.type ?? 'string'].flat()
  return fc.oneof(...type.map((t) => {
    if (t === 'null') return fc.constant(null)
    if (t === 'boolean') return fc.boolean()
    if (t === 'integer') return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 1000 })
    if (t === 'number') return fc.double({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000, noNaN: true })
    if (t === 'array') return fc.array(arbitrary(schema.items ?? {}, depth + 1), { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 3, Math.max(3, schema.minItems ?? 0)) })
    if (t === 'object' && depth < 5) {
      const known = fc.record(Object.fromEntries(Object.entries(schema.properties ?? {}).map(([k, s]) => [k, arbitrary(s, depth + 1)])), { requiredKeys: schema.required ?? [] })
      return schema.additionalProperties && typeof schema.additionalProperties === 'object'
        ? fc.dictionary(fc.constantFrom('total', 'date', 'merchant_name', 'nothing'), arbitrary(schema.additionalProperties, depth + 1), { maxKeys: 3 }) : known
    }
    if (schema.format === 'uuid') return fc.uuid()
    if (schema.format === 'date') return fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((d) => d.toISOString().slice(0, 10))
    if (schema.format === 'email') return fc.emailAddress()
    if (schema.pattern) return fc.oneof(fc.stringMatching(new RegExp(schema.pattern)), fc.string({ maxLength: 12 }))
    return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 30, Math.max(30, schema.minLength ?? 0)) })
  }))
}
// One in five values is not what the schema asks for.
const nearly = (schema) => fc.oneof({ weight: 4, arbitrary: arbitrary(schema) }, { weight: 1, arbitrary: junk })
const nearlyObject = (given) => {
  const schema = resolve(given)
  return fc.oneof({ weight: 3, arbitrary: arbitrary(given) }, { weight: 2, arbitrary: fc.record(Object.fromEntries(Object.entries(schema.properties ?? {}).map(([k, s]) => [k, nearly(s)])), { requiredKeys: [] }) }, { weight: 1, arbitrary: junk })
}

const asked = (o) => {
  const parameters = [...(spec.paths[o.path].parameters ?? []), ...(o.operation.parameters ?? [])].map(resolve)
  const json = o.operation.requestBody?.content?.['application/json']
  const pick = (where, strip) => fc.record(Object.fromEntries(parameters.filter((p) => p.in === where).map((p) => [p.name, nearly(p.schema).map((v) => strip(typeof v === 'string' ? v : JSON.stringify(v)))])), { requiredKeys: [] })
  return fc.record({
    query: pick('query', (v) => v),
    headers: pick('header', (v) => v.replaceAll(/[^\x20-\x7e]/g, '').trim()),
    ids: fc.constantFrom('own', 'own', 'own', 'random', 'odd'),
    body: json ? nearlyObject(json.schema).map((v) => JSON.stringify(v)) : o.operation.requestBody ? fc.string({ unit: 'binary', maxLength: 300 }) : fc.constant(undefined),
    type: json ? fc.constant('application/json') : fc.constantFrom('image/png', 'application/pdf', 'multipart/form-data; boundary=x', 'text/plain'),
  })
}
const strange = { random: '019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d99', odd: 'not%20an%20id' }

for (const o of operations) {
  test(`${o.method} ${o.path}: whatever is asked, the answer is a described one`, async () => {
    // Who only asks changes nothing, and corrections leave the paper there: one person does for all of these.
    const { person: asker, fill } = o.method === 'GET' || o.path.includes('/results/') ? { person: ann, fill: ofAnn } : await newcomer(o.path)
    await fc.assert(fc.asyncProperty(asked(o), async ({ query, headers, ids, body, type }) => {
      const path = ids === 'own' ? fill(o.path) : o.path.replaceAll(/{[^}]+}/g, strange[ids])
      const search = new URLSearchParams(query).toString()
      const answer = await asker.call(o.method, path + (search ? `?${search}` : ''), { body, headers: { ...headers, ...(body !== undefined ? { 'content-type': type } : {}) } })
      assert.ok(answer.status < 500, `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`)
    }), { seed, numRuns, interruptAfterTimeLimit: 60_000 })
  })
}
