// docket model: which models there are, whether they are whole, and how two of them differ on the same papers.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { docket, root, sample } from './lib/service.mjs'

const folder = mkdtempSync(join(tmpdir(), 'docket-models-'))
const models = join(folder, 'models')
cpSync(join(root, 'ml-inference/models'), models, { recursive: true })
const version = readdirSync(join(models, 'papers')).sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
const model = (...args) => spawnSync(docket, ['model', ...args], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, DOCKET_INFERENCE_MODELS: models } })
after(() => rmSync(folder, { recursive: true }))

// A second version that is sure of nothing: its fields fall below what is worth saying.
cpSync(join(models, 'papers', version), join(models, 'papers', '0.0.1'), { recursive: true })
const manifest = join(models, 'papers', '0.0.1', 'manifest.json')
const m = JSON.parse(readFileSync(manifest, 'utf8'))
for (const origin of Object.values(m.calibration.total)) origin.least = origin.most = 0
m.version = '0.0.1'
writeFileSync(manifest, JSON.stringify(m))

test('the models are listed, the newest one serves', () => {
  const { status, stdout } = model('list')
  assert.equal(status, 0)
  assert.match(stdout, new RegExp(`^\\* papers@${version.replaceAll('.', '\\.')} .*fits this program`, 'm'))
  assert.match(stdout, /^  papers@0\.0\.1 /m)
})

test('a whole model is ok, a changed one is named with what is wrong', () => {
  assert.equal(model('verify').status, 0)
  const trees = join(models, 'papers', '0.0.1', 'date.trees')
  const bytes = readFileSync(trees)
  writeFileSync(trees, Buffer.concat([bytes, Buffer.from(' ')]))
  const { status, stdout } = model('verify')
  assert.notEqual(status, 0)
  assert.match(stdout, /^WRONG\s+papers@0\.0\.1: .*date\.trees/m)
  assert.match(stdout, new RegExp(`^ok\\s+papers@${version.replaceAll('.', '\\.')}$`, 'm'))
  writeFileSync(trees, bytes)
})

test('two models are compared on papers: what differs is printed and counted', () => {
  const paper = join(folder, 'paper.png')
  writeFileSync(paper, sample('receipt-en.png'))
  const read = spawnSync(docket, ['read', '--format', 'document', paper], { encoding: 'utf8', timeout: 60_000 })
  assert.equal(read.status, 0, read.stderr)
  writeFileSync(join(folder, 'paper.json'), read.stdout)
  const same = model('compare', `papers@${version}`, `papers@${version}`, join(folder, 'paper.json'))
  assert.equal(same.stdout, '1 papers\n')
  const { status, stdout } = model('compare', `papers@${version}`, 'papers@0.0.1', join(folder, 'paper.json'))
  assert.equal(status, 0)
  assert.match(stdout, /paper\.json: total: \{.*\} -> (-|null)/)
  assert.match(stdout, /total +differs on 1/)
  assert.notEqual(model('compare', 'papers@9.9.9', 'papers@0.0.1', join(folder, 'paper.json')).status, 0)
})
