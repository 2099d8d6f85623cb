// Every broken, hostile or merely odd file of ../shared/data/nasty ends as its manifest says, where this
// checkout has them beside it: read, refused with a reason that fits, or either of both, and promptly.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { root, serviceFor } from './lib/service.mjs'

const folder = join(root, '../shared/data')
const rows = existsSync(join(folder, 'manifest.tsv'))
  ? readFileSync(join(folder, 'manifest.tsv'), 'utf8').split('\n').map((line) => line.split('\t')).filter(([path]) => path?.startsWith('nasty/'))
      .map(([path, , , , , outcome, , notes]) => ({ path, name: path.slice(6), outcome, notes }))
  : []

// Written before web pages and plain texts were read: the one is a web page by its bytes and is read as that, with
// a warning; the other is a line of text.
const readAfterAll = new Set(['html_named.pdf', 'pless_broken.eml'])
const reasons = [
  [/password/, ['encrypted_pdf']], [/empty file/, ['empty_file']],
  [/too large/, ['page_too_large', 'unpacks_too_large', 'corrupt_file']], [/damaged|unknown type|unsupported/, ['corrupt_file', 'unsupported_type']],
]
// Nothing that is our fault, and no parser that died.
const own = new Set(['internal', 'job_deadline', 'invalid_parsed_document', 'crashed_the_parser', 'busy'])

let ann
const service = serviceFor({ before, after }, { DOCKET_WORKER_BACKOFF: '10ms', DOCKET_PARSER_PAGE_TIME: '30s' }, async (service) => { ann = await service.person('ann') })

if (!rows.length) test('no nasty files beside this checkout', { skip: true }, () => {})
for (const { path, name, outcome, notes } of rows) {
  test(`${name}: ${outcome}`, async () => {
    const answer = await ann.send(readFileSync(join(folder, path)), { name })
    const job = answer.status === 202 ? await ann.finished(answer.body.id, 300) : null
    const code = job ? (job.status === 'failed' ? job.error.code : null) : answer.body.code
    assert.ok(!own.has(code), `${code}: ${job?.error?.detail}`)
    const [kind] = outcome.split(':')
    if (kind === 'accept' || readAfterAll.has(name)) assert.equal(code, null, job?.error?.detail)
    if (kind === 'refuse' && !readAfterAll.has(name)) {
      assert.notEqual(code, null, 'it was read')
      const [, allowed] = reasons.find(([reason]) => reason.test(outcome)) ?? [null, [code]]
      assert.ok(allowed.includes(code), code)
    }
    if (code !== null) return
    const result = await ann.result(job.id)
    if (/"blank"/.test(outcome)) assert.ok(result.diagnostics.warnings.includes('blank_page') && Object.keys(result.fields).length === 0, JSON.stringify(result.text.slice(0, 200)))
    if (name === 'html_named.pdf' || name === 'jpeg_named.pdf') assert.ok(result.diagnostics.warnings.includes('type_mismatch'))
    const twin = /receipt (X\d+)\.jpg with pixels turned/.exec(notes)
    if (twin) {
      const { total } = JSON.parse(readFileSync(join(folder, `sroie/${twin[1]}.key.json`), 'utf8'))
      assert.ok(result.text.includes(total.replace(/[^\d.]/g, '')), `the total ${total} is not in:\n${result.text}`)
    }
  })
}
