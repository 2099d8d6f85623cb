// How right the rows of goods are: what papers list (ml-inference/train/items.tsv) against what `docket read` says they list.
//
// usage: node bench/items.mjs [--set d|h] [--worst N] [--from CACHE] [--data DIR]
//
//   --set    only this half: d may be looked at, h is for counting only
//   --worst  the N papers of d with most differences, row by row (h is never shown)
//   --from   our own reading of the pictures (ml-inference/train/read-pictures CACHE): what is there is not read
//            again, only understood; seconds instead of minutes
//
// Household papers (papers/*.html) are printed to PDF by Chromium. A row is right where its amount is the same number and
// its description agrees, letters and digits only, by 0.8 and more with the first line of the true one, or with its first
// lines as far as the said one goes; " | " parts names that are as true (with an article's number, or without). Rows keep
// their order. Of quantity, unit, unit price and tax rate: the share of right rows in which what is said, or left out,
// is what is printed; then precision and recall over what is said and what is printed. DOCKET names another program.
import '../tools/help.mjs'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const top = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback)
const data = option('--data', process.env.DOCKET_DATA ?? join(top, '../shared/data'))
const only = option('--set')
const worst = Number(option('--worst', 0))
const cache = option('--from')
const program = process.env.DOCKET ?? join(top, 'build/release/bin/docket')
if (!existsSync(join(data, 'manifest.tsv'))) {
  console.error(`no papers in ${data}: nothing to measure`)
  process.exit(1)
}
const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('DOCKET'))) // a setting that is none is refused
const dir = mkdtempSync(join(tmpdir(), 'items-'))
process.on('exit', () => rmSync(dir, { recursive: true }))

// ---- the truth ----

const groups = [[/^invoices\/zf_/, 'invoices zf'], [/^invoices\//, 'invoices az, i2d'], [/^sroie\//, 'receipts SROIE'], [/^other\//, 'receipts other'], [/^papers\//, 'household']]
const members = ['quantity', 'unit', 'unit_price', 'tax_rate']
const papers = new Map()
const [head, ...rows] = readFileSync(join(top, 'ml-inference/train/items.tsv'), 'utf8').trimEnd().split('\n').map((l) => l.split('\t'))
for (const cells of rows) {
  const row = Object.fromEntries(head.map((name, i) => [name, cells[i] ?? '']))
  if (only && row.set !== only) continue
  if (!papers.has(row.path)) papers.set(row.path, { path: row.path, set: row.set, group: groups.find(([of]) => of.test(row.path))[1], truth: [] })
  if (row.n !== '0') papers.get(row.path).truth.push(row)
}

// ---- what is said ----

const print = async (wanted) => {
  const { chromium } = createRequire(join(top, 'scenarios/package.json'))('playwright-core')
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] })
  const page = await browser.newPage()
  for (const p of wanted) {
    await page.setContent(`<!doctype html><meta charset=utf-8>${readFileSync(join(top, 'ml-inference/train', p.path), 'utf8')}`)
    p.file = join(dir, `${basename(p.path, '.html')}.pdf`)
    await page.pdf({ path: p.file, format: 'A4', printBackground: true })
  }
  await browser.close()
}
const read = (wanted) => {
  const out = spawnSync(program, ['read', '--format', 'json', ...wanted.map((p) => p.file)], { encoding: 'utf8', maxBuffer: 1 << 30, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const lines = out.stdout.split('\n').filter(Boolean)
  if (lines.length < wanted.length) throw new Error(`docket read ended with ${out.status} after ${lines.length} of ${wanted.length} papers`)
  lines.forEach((line, i) => { wanted[i].result = JSON.parse(line) })
}
const ask = (socketPath, path, body) =>
  new Promise((done, failed) => {
    const q = request({ socketPath, path, method: body ? 'POST' : 'GET' }, async (r) => {
      const text = (await r.toArray()).join('')
      r.statusCode === 200 ? done(JSON.parse(text)) : failed(new Error(`${r.statusCode} ${text}`))
    }).on('error', failed)
    q.end(body)
  })
const understand = async (wanted) => {
  const at = join(dir, 'model')
  const model = spawn(program, ['inference', `--inference-listen=unix:${at}`, `--data=${dir}`, '--admin='], { env, stdio: 'ignore' })
  const ended = once(model, 'close')
  try {
    for (let tries = 0; ; tries++)
      if (await ask(at, '/v1/models').then(() => true, (e) => { if (tries > 100) throw e })) break
      else await after(100)
    for (const p of wanted) p.result = await ask(at, '/v1/infer', `{"schema":"docket.document/1","document":${readFileSync(p.cached, 'utf8')}}`)
  } finally {
    model.kill()
    await ended
  }
}
const all = [...papers.values()]
for (const p of all) {
  if (!p.path.startsWith('papers/')) p.file = join(data, p.path)
  const document = cache && join(cache, `${p.path.replaceAll('/', '__')}.json`)
  if (document && existsSync(document)) p.cached = document
}
const kept = all.filter((p) => p.cached)
if (kept.length) await understand(kept)
await print(all.filter((p) => !p.file))
read(all.filter((p) => !p.cached)) // never none: household papers are in no cache

const number = (v) => (v === undefined || v === '' ? undefined : Number(v))
for (const p of all) {
  if (p.result.error) console.error(`${p.path}: ${p.result.error.code}`)
  p.said = (p.result.line_items ?? []).map((item) => ({
    description: item.description?.value ?? '',
    quantity: number(item.quantity?.normalized),
    unit: item.unit?.value ?? '',
    unit_price: number(item.unit_price?.normalized?.amount),
    amount: number(item.amount?.normalized?.amount),
    tax_rate: number(item.tax_rate?.normalized),
  }))
}

// ---- the one against the other ----

const plain = (s) => s.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const unit = (s) => plain(s).replace(/^stück$/, 'stk').replace(/^pcs$/, 'pc')
const likeness = (a, b) => {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return 1 - row[b.length] / Math.max(a.length, b.length, 1)
}
const alike = (said, truth) =>
  !truth || truth.split(' | ').some((name) => name.split(' / ').some((_, i, lines) => likeness(plain(said), plain(lines.slice(0, i + 1).join(''))) >= 0.8))
const same = (name, said, truth) => (name === 'unit' ? unit(said.unit) === unit(truth.unit) : said[name] === number(truth[name]))

// Pairs [truth, said] in order, as many right ones as can be; then, to show what went wrong, those that are half right.
const align = (truth, said) => {
  const worth = truth.map((t) => said.map((s) => {
    const amount = same('amount', s, t), name = alike(s.description, t.description)
    return amount && name ? 1000 + members.filter((m) => same(m, s, t)).length : amount || name ? 1 : 0
  }))
  const best = Array.from({ length: truth.length + 1 }, () => Array(said.length + 1).fill(0))
  for (let i = truth.length - 1; i >= 0; i--)
    for (let j = said.length - 1; j >= 0; j--)
      best[i][j] = Math.max(best[i + 1][j], best[i][j + 1], worth[i][j] ? worth[i][j] + best[i + 1][j + 1] : 0)
  const pairs = []
  for (let i = 0, j = 0; i < truth.length || j < said.length;)
    if (i < truth.length && j < said.length && worth[i][j] && best[i][j] === worth[i][j] + best[i + 1][j + 1])
      pairs.push({ truth: truth[i], said: said[j], right: worth[i++][j++] >= 1000 })
    else if (j === said.length || (i < truth.length && best[i][j] === best[i + 1][j])) pairs.push({ truth: truth[i++] })
    else pairs.push({ said: said[j++] })
  return pairs
}
for (const p of all) {
  p.pairs = align(p.truth, p.said)
  p.right = p.pairs.filter((q) => q.right)
  p.off = p.truth.length + p.said.length - 2 * p.right.length
}

// ---- shown ----

const text = (row) => [row.description, ...['quantity', 'unit', 'unit_price', 'amount', 'tax_rate'].map((m) => row[m] ?? '')].join(' ; ')
const wrong = (p) => p.off + p.right.filter((q) => members.some((m) => !same(m, q.said, q.truth))).length / 100
for (const p of all.filter((p) => p.set === 'd' && wrong(p)).sort((a, b) => wrong(b) - wrong(a)).slice(0, worst)) {
  console.log(`${p.path}: ${p.right.length} right of ${p.truth.length}, ${p.said.length} said`)
  for (const { truth, said, right } of p.pairs) {
    const members_wrong = right ? members.filter((m) => !same(m, said, truth)) : []
    if (right && !members_wrong.length) continue
    const about = right ? members_wrong.join(', ') : !said ? 'missing' : !truth ? 'not there' : same('amount', said, truth) ? 'description' : 'amount'
    console.log(`  ${about}${truth ? `\n    is   ${text(truth)}` : ''}${said ? `\n    said ${text(said)}` : ''}`)
  }
}
const ratio = (a, b) => (b ? (a / b).toFixed(3) : '-')
const sum = (list, of) => list.reduce((n, x) => n + of(x), 0)
const parts = [...groups.map(([, g]) => g), 'all'].flatMap((group) => ['d', 'h'].map((set) => [group, set, all.filter((p) => p.set === set && (group === 'all' || p.group === group))])).filter(([, , of]) => of.length)
console.log('| papers | set | papers | rows | said | right | precision | recall | F1 | whole lists |\n|---|---|---|---|---|---|---|---|---|---|')
for (const [group, set, of] of parts) {
  const truth = sum(of, (p) => p.truth.length), said = sum(of, (p) => p.said.length), right = sum(of, (p) => p.right.length)
  console.log(`| ${group} | ${set} | ${of.length} | ${truth} | ${said} | ${right} | ${ratio(right, said)} | ${ratio(right, truth)} | ${ratio(2 * right, said + truth)} | ${of.filter((p) => !p.off).length} |`)
}
console.log(`\n| of right rows: share, precision, recall (printed) | set | ${members.join(' | ')} |\n|---|---|---|---|---|---|`)
for (const [group, set, of] of parts) {
  const right = of.flatMap((p) => p.right)
  const cell = (m) => {
    const printed = right.filter((q) => q.truth[m] !== ''), said = right.filter((q) => q.said[m] !== undefined && q.said[m] !== '')
    const hit = printed.filter((q) => same(m, q.said, q.truth)).length
    return `${ratio(right.filter((q) => same(m, q.said, q.truth)).length, right.length)}, ${ratio(hit, said.length)}, ${ratio(hit, printed.length)} (${printed.length})`
  }
  console.log(`| ${group} | ${set} | ${members.map(cell).join(' | ')} |`)
}
