// The checker itself: it must see each promise that is broken.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ledger, check, sha256 } from './ledger.mjs'

const paper = Buffer.from('paper')
const job = { id: 'j1', status: 'done', stage: 'finished', finished_at: 't1', document_id: 'd1', error: null }
const honest = {
  'GET /jobs/j1': { status: 200, body: job },
  'GET /documents/d1/original': { status: 200, body: paper },
  'GET /results/j1': { status: 200, body: { text: 'RECEIPT NONCE1' } },
  list: [{ id: 'j1' }],
}
const entries = [
  { type: 'sent', person: 'ann', key: 'k1', nonce: 'NONCE1', sha: sha256(paper) },
  { type: 'acked', key: 'k1', job: 'j1' },
  { type: 'poll', job: 'j1', status: 'queued', finished_at: null, result: null },
  { type: 'poll', job: 'j1', status: 'done', finished_at: 't1', result: sha256(JSON.stringify(honest['GET /results/j1'].body)) },
]

const verdict = async (answers, written) => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-ledger-'))
  const ledger = new Ledger(join(folder, 'ledger'))
  written.forEach((e) => ledger.write(e))
  const client = { call: async (method, path) => answers[`${method} ${path}`] ?? { status: 404, body: {} }, all: async () => answers.list }
  const { broken } = await check(ledger, new Map([['ann', client]]))
  ledger.close()
  rmSync(folder, { recursive: true })
  return broken.map((b) => b.slice(0, 2)).sort()
}

test('an honest service breaks nothing', async () => assert.deepEqual(await verdict(honest, entries), []))

for (const [what, answers, written, broken] of [
  ['a job that is gone', { ...honest, 'GET /jobs/j1': { status: 404 }, list: [] }, entries, ['I1', 'I1']],
  ['another original', { ...honest, 'GET /documents/d1/original': { status: 200, body: Buffer.from('other') } }, entries, ['I1']],
  ['a job that never ends', { ...honest, 'GET /jobs/j1': { status: 200, body: { ...job, status: 'processing' } } }, entries.slice(0, 3), ['I2']],
  ['a final state that changes', honest, [...entries, { type: 'poll', job: 'j1', status: 'queued', finished_at: null, result: null }], ['I3']],
  ['a result that changes', { ...honest, 'GET /results/j1': { status: 200, body: { text: 'RECEIPT NONCE1 again' } } }, entries, ['I3']],
  ['two jobs of one key', { ...honest, list: [{ id: 'j1' }, { id: 'j2' }] }, [...entries, { type: 'acked', key: 'k1', job: 'j2' }], ['I4']],
  ['a job that nobody asked for', { ...honest, list: [{ id: 'j1' }, { id: 'j9' }] }, entries, ['I4']],
  ['the text of another paper', { ...honest, 'GET /results/j1': { status: 200, body: { text: 'RECEIPT NONCE2' } } }, entries.slice(0, 3), ['I5']],
]) test(`the checker sees ${what}`, async () => assert.deepEqual(await verdict(answers, written), broken))
