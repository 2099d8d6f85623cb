// The judge that is kept between processes says what Ajv says, and never of another description.
import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

delete process.env.SCENARIOS_SEEN // no service has said what is judged here
const { checkAnswer, judges, operations, prepared, resolve, schemaHolds } = await import('./openapi.mjs')
const { temporaryFolder } = await import('./service.mjs')

test('every body that is described has its judge, who says what Ajv says of examples and of what is none', () => {
  let held = 0, refused = 0
  for (const { method, path, operation } of operations)
    for (const [status, given] of Object.entries(operation.responses))
      for (const [type, content] of Object.entries(resolve(given).content ?? {})) {
        if (!/[/+]json$/.test(type)) continue
        const examples = content.examples ? Object.values(content.examples).map((e) => e.value) : [content.example ?? content.schema.example ?? resolve(content.schema).example].filter(Boolean)
        for (const body of [...examples, ...examples.map((e) => ({ ...e, unheard_of: 1 })), {}, [], null, 1]) {
          const faults = schemaHolds(content.schema, body)
          const headers = { get: (name) => (name === 'content-type' ? type : null), has: () => true }
          const check = () => checkAnswer(method, path, { status: Number(status), headers, body })
          if (faults.length) { assert.throws(check, (e) => e.message.includes(faults[0])); refused++ }
          else { check(); held++ }
        }
      }
  assert.ok(held > 20 && refused > 400, `${held} held, ${refused} refused`)
})

test('what is kept is taken for the same description only', () => {
  const file = join(temporaryFolder('openapi'), 'kept.json')
  const text = (most) => JSON.stringify({ openapi: '3.1.0', paths: { '/x': { get: { responses: { 200: { content: { 'application/json': { schema: { type: 'integer', maximum: most } } } } } } } } })
  const says = (most, value) => { const kept = prepared(text(most), file); return judges(kept)(Object.keys(kept.refs)[0])(value) }
  assert.equal(says(5, 7), false)
  const { ino } = statSync(file)
  assert.equal(says(5, 4), true)
  assert.equal(statSync(file).ino, ino, 'it was not made anew')
  assert.equal(says(9, 7), true)
  writeFileSync(file, 'half of {')
  assert.equal(says(5, 7), false)
})
