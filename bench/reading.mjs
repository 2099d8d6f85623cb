// How well pages are read: word precision, recall and F1 against papers whose text is known, and the CPU
// time a page on one core, with the plain `tesseract` program and its defaults beside it as the reference.
//
// usage: bench/accuracy [SET...] [--sample N] [--engine docket|tesseract|auto] [--no-reference] [--worst N]
//                       [--data DIR] [--save FILE] [--compare FILE]
//
//   SET        sroie, unseen (those of its sellers that our reader was not trained on), forms, text,
//              photos (made by tools/make-photos.mjs); all that there are when none is named
//   --sample   N papers of each set, evenly spread, always the same ones
//   --worst    the N papers of each set on which we stand worst against the reference, with their F1
//   --save     what was counted for each paper, as JSON; --compare shows the papers that differ from it most
//
// Words are compared as a bag, without case (SROIE's transcripts are all capitals), quotes and dashes of every
// shape as one (which is typed for them is a habit); "alnum" drops punctuation. Character error: each line
// of the truth against the nearest run of a line read, where they
// agree by more than half. What tesseract says is kept in build/accuracy, by the bytes of the picture.
// CPU is user and system time, decoding included and the start of either program left out.
import '../tools/help.mjs'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const top = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)
const flags = ['--no-reference']
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback)
const wanted = args.filter((a, i) => !a.startsWith('--') && !(args[i - 1]?.startsWith('--') && !flags.includes(args[i - 1])))
const data = option('--data', process.env.DOCKET_DATA ?? join(top, '../shared/data'))
const engine = option('--engine', 'docket')
const sample = Number(option('--sample', 0))
const worst = Number(option('--worst', 0))
const reference = !args.includes('--no-reference')
const cache = join(top, 'build/accuracy')
const program = join(top, 'build/release/bin/docket-pages')

// ---- papers and what they say ----

const pictures = /\.(jpe?g|png|webp|tiff?|bmp|gif)$/i
const list = (dir) => (existsSync(dir) ? readdirSync(dir, { recursive: true }).sort().map((f) => join(dir, f)) : [])
const stem = (path) => path.replace(/\.[^.]+$/, '')
const boxesOf = (path) => readFileSync(path, 'utf8').split(/\r?\n/).map((row) => row.split(',').slice(8).join(',').trim()).filter(Boolean)

// { picture, lines: the truth by lines, or null where it has only words, words }
const paperOf = (picture) => {
  const text = [`${stem(picture)}.gt.txt`, `${stem(picture).replace(/\.photo\d+$/, '')}.gt.txt`].find(existsSync)
  if (text) {
    const lines = readFileSync(text, 'utf8').split(/\r?\n/).filter((l) => l.trim())
    return { picture, lines, words: lines.join(' ').split(/\s+/).filter(Boolean) }
  }
  const boxes = `${stem(picture)}.boxes.txt`
  if (!existsSync(boxes)) return null
  const lines = boxesOf(boxes)
  return { picture, lines: lines.some((l) => l.includes(' ')) ? lines : null, words: lines.join(' ').split(/\s+/).filter(Boolean) }
}
const papersIn = (dir) => list(dir).filter((f) => pictures.test(f)).map(paperOf).filter(Boolean)

// The split that our reader's training keeps: sellers of fold 0 were never shown to it.
const unseen = () => {
  const out = spawnSync('python3', [join(top, 'ml-inference/train/ocr/folds.py'), join(data, 'sroie')], { encoding: 'utf8' })
  if (out.status !== 0) return []
  const ids = new Set(out.stdout.split('\n').map((l) => l.split('\t')).filter(([, f]) => f === '0').map(([id]) => id))
  return papersIn(join(data, 'sroie')).filter((p) => ids.has(basename(stem(p.picture))))
}

const sets = {
  sroie: { papers: () => papersIn(join(data, 'sroie')), languages: 'eng' },
  unseen: { papers: unseen, languages: 'eng' },
  forms: { papers: () => papersIn(join(data, 'forms')), languages: 'eng' },
  text: { papers: () => papersIn(join(data, 'other')), languages: 'eng' },
  photos: { papers: () => papersIn(join(top, 'build/photos')), languages: 'rus+eng', relative: true },
}
const pick = (papers) => (sample && sample < papers.length ? Array.from({ length: sample }, (_, i) => papers[Math.floor(((i + 0.5) * papers.length) / sample)]) : papers)

// ---- the two readings: { lines: [text], words: [text], ms } ----

const ours = async (papers) => {
  const readings = []
  if (!papers.length) return readings
  const child = spawn(program, ['--engine', engine, ...papers.map((p) => p.picture)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, OMP_THREAD_LIMIT: '1' } })
  for await (const row of createInterface({ input: child.stdout })) {
    const { document, cpu_ms: ms, error } = JSON.parse(row)
    const pages = document?.pages ?? []
    const lines = pages.flatMap((p) => p.lines.map(([first, n]) => p.words.slice(first, first + n).map((w) => w.t).join(' ')))
    readings.push({ lines, words: pages.flatMap((p) => p.words.map((w) => w.t)), ms, error, warnings: document?.warnings })
  }
  if (readings.length !== papers.length) throw new Error(`docket-pages ended after ${readings.length} of ${papers.length} papers`)
  return readings
}

const tesseract = (picture, languages) => {
  const bytes = readFileSync(picture)
  const kept = join(cache, `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.${languages}.json`)
  if (existsSync(kept)) return JSON.parse(readFileSync(kept))
  const script = 'TIMEFORMAT="CPU %U %S"; time tesseract "$1" - -l "$2" tsv 2>/dev/null'
  const out = spawnSync('bash', ['-c', script, 'bash', picture, languages], { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, OMP_THREAD_LIMIT: '1', LC_ALL: 'C' } })
  const [, user, system] = /CPU (\S+) (\S+)/.exec(out.stderr)
  const rows = out.stdout.split('\n').slice(1).map((r) => r.split('\t')).filter((r) => r.length === 12 && r[0] === '5' && r[11].trim())
  const lines = new Map()
  for (const r of rows) {
    const key = r.slice(1, 5).join()
    lines.set(key, [...(lines.get(key) ?? []), r[11].trim()])
  }
  const reading = { lines: [...lines.values()].map((l) => l.join(' ')), words: rows.map((r) => r[11].trim()), ms: 1000 * (Number(user) + Number(system)) }
  mkdirSync(cache, { recursive: true })
  writeFileSync(kept, JSON.stringify(reading))
  return reading
}

// What the program takes to start and load its models, on a picture with nothing on it.
const startOf = (languages) => {
  const empty = join(cache, 'empty.pgm')
  mkdirSync(cache, { recursive: true })
  writeFileSync(empty, Buffer.concat([Buffer.from('P5 60 40 255\n'), Buffer.alloc(2400, 255)]))
  return tesseract(empty, languages).ms
}

// ---- counting ----

const plain = (w) => w.normalize('NFC').toUpperCase().replace(/[‘’‛′]/g, "'").replace(/[“”„‟″]/g, '"').replace(/[‐-―−]/g, '-')
const alnum = (w) => plain(w).replace(/[^\p{L}\p{N}]/gu, '')
const common = (read, truth) => {
  const left = new Map()
  for (const w of truth) left.set(w, (left.get(w) ?? 0) + 1)
  let n = 0
  for (const w of read) {
    const k = left.get(w)
    if (k) {
      left.set(w, k - 1)
      n++
    }
  }
  return n
}
const bag = (read, truth, norm) => {
  const a = read.map(norm).filter(Boolean)
  const b = truth.map(norm).filter(Boolean)
  return { hit: common(a, b), read: a.length, truth: b.length }
}

// The fewest edits that make `line` out of a run of characters of `of`.
const nearest = (line, of) => {
  let row = new Uint16Array(of.length + 1)
  let next = new Uint16Array(of.length + 1)
  for (let i = 1; i <= line.length; i++) {
    next[0] = i
    for (let j = 1; j <= of.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (line[i - 1] !== of[j - 1] ? 1 : 0))
    ;[row, next] = [next, row]
  }
  return row.reduce((a, b) => Math.min(a, b))
}
const characters = (read, truth) => {
  const sum = { errors: 0, letters: 0, aligned: 0, lines: 0 }
  const from = read.map(plain)
  for (const line of (truth ?? []).map((l) => plain(l).replace(/\s+/g, ' ').trim())) {
    sum.lines++
    let best = from.some((r) => r.includes(line)) ? 0 : Infinity
    for (const r of from) best = best ? Math.min(best, nearest(line, r)) : 0
    if (best > line.length / 2) continue
    sum.aligned++
    sum.errors += best
    sum.letters += line.length
  }
  return sum
}

const count = (paper, reading) => ({
  plain: bag(reading.words, paper.words, plain), alnum: bag(reading.words, paper.words, alnum),
  characters: characters(reading.lines, paper.lines), ms: reading.ms,
})
const total = (counts) => {
  const sum = (kind) => counts.reduce((t, c) => Object.fromEntries(Object.keys(c[kind]).map((k) => [k, (t[k] ?? 0) + c[kind][k]])), {})
  return { plain: sum('plain'), alnum: sum('alnum'), characters: sum('characters'), ms: counts.reduce((t, c) => t + c.ms, 0), pages: counts.length }
}
const f1 = ({ hit, read, truth }) => (read + truth ? (2 * hit) / (read + truth) : 1)
const fixed = (v, n = 4) => (Number.isFinite(v) ? v.toFixed(n) : '-')
const columns = ['set', 'pages', 'reader', 'precision', 'recall', 'word F1', 'alnum F1', 'char error', 'lines met', 'CPU s/page']
const rowOf = (name, reader, t) => [name, String(t.pages), reader, fixed(t.plain.hit / t.plain.read), fixed(t.plain.hit / t.plain.truth), fixed(f1(t.plain)), fixed(f1(t.alnum)),
  t.characters.letters ? fixed(t.characters.errors / t.characters.letters) : '-', t.characters.lines ? fixed(t.characters.aligned / t.characters.lines, 2) : '-', fixed(t.ms / t.pages / 1000, 3)]
const show = (row) => console.log(`| ${row.map((c, i) => (i === 0 || i === 2 ? c.padEnd(i ? 17 : 6) : c.padStart(columns[i].length))).join(' | ')} |`)

// ---- the run ----

const measure = async (name, set) => {
  const papers = pick(set.papers())
  if (!papers.length) return null
  const us = (await ours(papers)).map((r, i) => count(papers[i], r))
  const start = reference ? startOf(set.languages) : 0
  const them = reference ? papers.map((p) => count(p, tesseract(p.picture, set.languages))).map((c) => ({ ...c, ms: Math.max(0, c.ms - start) })) : null
  show(rowOf(name, engine, total(us)))
  if (them) show(rowOf(name, 'tesseract program', total(them)))
  return { name, papers, us, them }
}

const relative = ({ papers, us, them }) => {
  const flat = papers.map((p) => !/\.photo\d+\.[a-z]+$/.test(p.picture))
  for (const [who, counts] of [[engine, us], ...(them ? [['tesseract program', them]] : [])]) {
    const [a, b] = [true, false].map((is) => f1(total(counts.filter((_, i) => flat[i] === is)).plain))
    console.log(`photos, ${who}: word F1 ${fixed(b)} of ${flat.filter((f) => !f).length} variants, ${fixed(a)} flat: ${fixed(b / a)} of it`)
  }
}

const worstOf = ({ name, papers, us, them }) => {
  const rows = papers.map((p, i) => ({ file: basename(p.picture), us: f1(us[i].plain), them: them ? f1(them[i].plain) : NaN }))
  rows.sort((a, b) => (them ? a.us - a.them - (b.us - b.them) : a.us - b.us))
  for (const r of rows.slice(0, worst)) console.log(`${name}  ${r.file}  ${fixed(r.us, 3)}  ${fixed(r.them, 3)}`)
}

if (!existsSync(join(data, 'manifest.tsv')) && !existsSync(join(top, 'build/photos'))) {
  console.log(`no papers with their text in ${data}: nothing to measure`)
  process.exit(0)
}
const unknown = wanted.find((w) => !sets[w])
if (unknown) {
  console.error(`no such set: ${unknown}; there are ${Object.keys(sets).join(', ')}`)
  process.exit(2)
}
show(columns)
show(columns.map((c) => '-'.repeat(c.length)))
const results = []
for (const name of wanted.length ? wanted : Object.keys(sets)) {
  const r = await measure(name, sets[name])
  if (r) results.push(r)
}
const whole = results.filter((r) => r.name !== 'unseen')
if (whole.length > 1) {
  show(rowOf('all', engine, total(whole.flatMap((r) => r.us))))
  if (reference) show(rowOf('all', 'tesseract program', total(whole.flatMap((r) => r.them))))
}
for (const r of results) {
  if (sets[r.name].relative) relative(r)
  if (worst) worstOf(r)
}
const kept = Object.fromEntries(results.flatMap(({ papers, us }) => papers.map((p, i) => [p.picture, us[i]])))
if (option('--save')) writeFileSync(option('--save'), JSON.stringify(kept))
if (option('--compare')) {
  const before = JSON.parse(readFileSync(option('--compare')))
  const rows = Object.keys(kept).filter((k) => before[k]).map((k) => ({ k, from: f1(before[k].plain), to: f1(kept[k].plain) })).filter((r) => r.from !== r.to)
  rows.sort((a, b) => a.to - a.from - (b.to - b.from))
  console.log(`${rows.filter((r) => r.to > r.from).length} papers better than before, ${rows.filter((r) => r.to < r.from).length} worse`)
  for (const r of [...rows.slice(0, 8), ...rows.slice(-8)]) console.log(`${fixed(r.to - r.from, 3).padStart(7)}  ${fixed(r.from, 3)} -> ${fixed(r.to, 3)}  ${basename(r.k)}`)
}
