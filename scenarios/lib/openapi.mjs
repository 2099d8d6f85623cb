// api/openapi.yaml as a judge: which operation an answer belongs to, and whether it may look so.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const folder = new URL('../../build/', import.meta.url).pathname
const description = readFileSync(new URL('../../api/openapi.yaml', import.meta.url), 'utf8')

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options']

const judgeOf = (spec) => {
  const ajv = new (require('ajv/dist/2020').default)({ strict: false, allErrors: true, code: { source: true } })
  require('ajv-formats').default(ajv)
  return ajv.addSchema({ $id: 'openapi', ...spec })
}
const pointer = (...steps) => `openapi#/${steps.map((s) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`

// What a $ref leads to; anything else is itself.
const resolveIn = (spec, o) => (o?.$ref ? o.$ref.slice(2).split('/').reduce((x, step) => x[step], spec) : o)

// Of the description's text: what it says, and a judge of each body of JSON that it describes, as source.
export const prepare = (text) => {
  const spec = require('yaml').parse(text), ajv = judgeOf(spec), refs = {}
  const add = (at, response) => {
    for (const [type, { schema }] of Object.entries(response.content ?? {}))
      if (schema && /[/+]json$/.test(type)) refs[pointer(...at, 'content', type, 'schema')] = null
  }
  for (const [path, item] of Object.entries(spec.paths))
    for (const method of METHODS.filter((m) => item[m]))
      for (const [status, response] of Object.entries(item[method].responses))
        add(response.$ref ? response.$ref.slice(2).split('/') : ['paths', path, method, 'responses', status], resolveIn(spec, response))
  Object.keys(refs).forEach((ref, i) => ajv.addSchema({ $ref: ref }, (refs[ref] = `judge${i}`)))
  return { spec, refs, code: require('ajv/dist/standalone').default(ajv, Object.fromEntries(Object.values(refs).map((name) => [name, name]))) }
}

// Which takes two seconds of a processor, and a run has fifty processes that want it: the first one leaves it in build/.
export const prepared = (text, file) => {
  const of = createHash('sha256').update(text).update(readFileSync(new URL(import.meta.url))).digest('hex')
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8'))
    if (kept.of === of) return kept
  } catch { /* none yet */ }
  const made = { of, ...prepare(text) }
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(made))
  renameSync(`${file}.${process.pid}`, file)
  return made
}

// Of one that is prepared: what judges a body by the place of its schema.
export const judges = ({ refs, code }) => {
  const module = { exports: {} }
  new Function('require', 'module', 'exports', code)(require, module, module.exports)
  return (ref) => module.exports[refs[ref]]
}

const ready = prepared(description, join(folder, 'openapi.json'))
const judge = judges(ready)
export const spec = ready.spec

// [{ path, method, operation, pattern }], the more literal paths first.
export const operations = Object.entries(spec.paths)
  .sort(([a], [b]) => (a.match(/{/g) ?? []).length - (b.match(/{/g) ?? []).length)
  .flatMap(([path, item]) =>
    METHODS.filter((m) => item[m]).map((method) => ({
      path, method: method.toUpperCase(), operation: item[method],
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/{[^}]+}/g, '[^/]+')}$`),
    })))

export const findOperation = (method, path) => {
  const bare = path.split('?')[0]
  return operations.find((o) => o.method === method && o.pattern.test(bare))
}

export const resolve = (o) => resolveIn(spec, o)

// The faults of a value by a schema of the description; none: [].
let ajv
const compiled = new Map()
export const schemaHolds = (schema, value) => {
  const text = JSON.stringify(schema).replaceAll('"#/', '"openapi#/')
  if (!compiled.has(text)) compiled.set(text, (ajv ??= judgeOf(spec)).compile(JSON.parse(text)))
  const valid = compiled.get(text)
  return valid(value) ? [] : valid.errors.map((e) => `${e.instancePath || '/'} ${e.message}`)
}

// What answers were seen. Each file of scenarios is a process of its own and leaves its share in a folder; when all
// have ended, run.mjs asks what of the description none of them has met.
const seen = new Set()
if (process.env.SCENARIOS_SEEN) process.on('exit', () => writeFileSync(join(process.env.SCENARIOS_SEEN, String(process.pid)), [...seen].join('\n')))
export const unseen = (folder) => {
  const met = new Set(readdirSync(folder).flatMap((f) => readFileSync(join(folder, f), 'utf8').split('\n')))
  return operations.flatMap(({ method, path, operation }) => Object.keys(operation.responses).map((status) => `${method} ${path} ${status}`)).filter((claim) => !met.has(claim))
}

export const checkAnswer = (method, path, { status, headers, body }) => {
  const found = findOperation(method, path)
  if (!found) return // an address that is not described: its scenario says what must come
  const { operation } = found
  seen.add(`${found.method} ${found.path} ${status}`)
  let at = ['paths', found.path, found.method.toLowerCase(), 'responses', String(status)]
  let response = operation.responses[String(status)]
  if (!response) {
    at = ['paths', found.path, found.method.toLowerCase(), 'responses', 'default']
    response = operation.responses.default
  }
  const where = `${method} ${path} -> ${status}`
  if (!response) throw new Error(`${where}: api/openapi.yaml does not describe this answer: ${JSON.stringify(body).slice(0, 300)}`)
  if (response.$ref) {
    at = response.$ref.replace('#/', '').split('/')
    response = at.reduce((o, step) => o[step], spec)
  }
  for (const [name, given] of Object.entries(response.headers ?? {})) {
    const header = given.$ref ? given.$ref.slice(2).split('/').reduce((o, step) => o[step], spec) : given
    if (header.required && !headers.has(name)) throw new Error(`${where}: no ${name} header`)
    const { type: wanted, pattern } = header.schema ?? {}
    const value = headers.get(name)
    if (value !== null && ((wanted === 'integer' && !/^\d+$/.test(value)) || (pattern && !new RegExp(pattern).test(value))))
      throw new Error(`${where}: ${name}: ${value} is not as api/openapi.yaml describes`)
  }
  const type = (headers.get('content-type') ?? '').split(';')[0].trim()
  const content = response.content ?? {}
  if (!Object.keys(content).length) {
    if (body.length) throw new Error(`${where}: a body where none is described`)
    return
  }
  if (method === 'HEAD') return
  const kind = Object.keys(content).find((k) => k === type || (k.endsWith('/*') && type.startsWith(k.slice(0, -1))) || k === '*/*')
  if (!kind) throw new Error(`${where}: content type ${type || '(none)'}, not ${Object.keys(content).join(', ')}: ${JSON.stringify(body).slice(0, 300)}`)
  if (!/[/+]json$/.test(type) || !content[kind].schema) return
  const valid = judge(pointer(...at, 'content', kind, 'schema'))
  if (!valid(body)) {
    const faults = valid.errors.slice(0, 5).map((e) => `${e.instancePath || '/'} ${e.message}${e.params?.additionalProperty ? ` (${e.params.additionalProperty})` : ''}`)
    throw new Error(`${where}: not as api/openapi.yaml describes: ${faults.join('; ')}\n${JSON.stringify(body).slice(0, 1500)}`)
  }
}
