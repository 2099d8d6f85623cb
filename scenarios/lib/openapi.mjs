// api/openapi.yaml as a judge: which operation an answer belongs to, and whether it may look so.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parse } from 'yaml'

const require = createRequire(import.meta.url)
const Ajv = require('ajv/dist/2020').default
const addFormats = require('ajv-formats').default

export const spec = parse(readFileSync(new URL('../../api/openapi.yaml', import.meta.url), 'utf8'))
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options']

const ajv = new Ajv({ strict: false, allErrors: true })
addFormats(ajv)
ajv.addSchema({ $id: 'openapi', ...spec })

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

// What a $ref leads to; anything else is itself.
export const resolve = (o) => (o?.$ref ? o.$ref.slice(2).split('/').reduce((x, step) => x[step], spec) : o)

// The faults of a value by a schema of the description; none: [].
export const schemaHolds = (schema, value) => {
  const valid = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')))
  return valid(value) ? [] : valid.errors.map((e) => `${e.instancePath || '/'} ${e.message}`)
}

const pointer = (...steps) => `openapi#/${steps.map((s) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
const compiled = new Map()
const validator = (ref) => {
  if (!compiled.has(ref)) compiled.set(ref, ajv.compile({ $ref: ref }))
  return compiled.get(ref)
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
  const valid = validator(pointer(...at, 'content', kind, 'schema'))
  if (!valid(body)) {
    const faults = valid.errors.slice(0, 5).map((e) => `${e.instancePath || '/'} ${e.message}${e.params?.additionalProperty ? ` (${e.params.additionalProperty})` : ''}`)
    throw new Error(`${where}: not as api/openapi.yaml describes: ${faults.join('; ')}\n${JSON.stringify(body).slice(0, 1500)}`)
  }
}
