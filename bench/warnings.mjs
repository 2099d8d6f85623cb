// What the warnings of a page's picture are worth: papers of tools/make-photos.mjs, flat, then spoilt one way each in
// seven degrees, read by docket-pages. A warning is right where the picture has lost 0.05 of word F1 and more to the
// flat one's; a picture that has lost it and bears none is missed. Figures, never tests.
//
// usage: node bench/warnings.mjs [--papers 8] [--keep DIR] [--list]
import '../tools/help.mjs'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const top = dirname(dirname(fileURLToPath(import.meta.url)))
const { chromium } = createRequire(join(top, 'scenarios/package.json'))('playwright-core')
const args = process.argv.slice(2)
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback)
const kept = option('--keep')
const dir = kept ?? mkdtempSync(join(tmpdir(), 'warnings-'))
mkdirSync(dir, { recursive: true })

// What is drawn over the paper, and how the paper itself is drawn, in seven degrees (0 to 6).
const ways = {
  blur: (d) => ({ filter: `blur(${[1, 1.5, 2, 3, 4.5, 6.5, 9][d]}px)` }),
  dark: (d) => ({ filter: `brightness(${[0.6, 0.42, 0.3, 0.2, 0.13, 0.08, 0.05][d]})` }),
  faint: (d) => ({ filter: `contrast(${[0.6, 0.42, 0.3, 0.2, 0.13, 0.08, 0.05][d]}) brightness(1.2)` }),
  glare: (d) => ({ filter: 'brightness(0.85)', glare: [0.1, 0.16, 0.22, 0.28, 0.34, 0.4, 0.46][d] }),
  wide: (d) => ({ filter: 'brightness(0.85)', glare: [0.55, 0.62, 0.69, 0.76, 0.83, 0.9, 1][d] }), // three quarters of the page and more
  small: (d) => ({ scale: [0.6, 0.5, 0.42, 0.36, 0.3, 0.26, 0.22][d] }),
  part: (d) => ({ third: [0, 1, 2, 0, 1, 2, 2][d], filter: `blur(${[2, 3, 4, 5, 6.5, 8, 10][d]}px)` }),
  empty: (d) => ({ below: 0.8, shade: [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8][d] }), // an empty third that lies in shadow
}
const spoil = async ([url, way, seed]) => {
  const image = new Image()
  image.src = url
  await image.decode()
  const canvas = document.createElement('canvas')
  const w = (canvas.width = Math.round(image.width * (way.scale ?? 1)))
  const drawn = Math.round(image.height * (way.scale ?? 1))
  const h = (canvas.height = Math.round(drawn * (1 + (way.below ?? 0))))
  const c = canvas.getContext('2d')
  c.fillStyle = '#fdfdfb'
  c.fillRect(0, 0, w, h)
  c.imageSmoothingQuality = 'high'
  if (way.third !== undefined) {
    c.drawImage(image, 0, 0, w, drawn)
    c.beginPath()
    c.rect(0, (way.third * h) / 3, w, h / 3)
    c.clip()
  }
  c.filter = way.filter ?? 'none'
  c.drawImage(image, 0, 0, w, drawn)
  c.filter = 'none'
  if (way.below) { // what stands on such a page's lower part: its number
    c.fillStyle = '#161616'
    c.font = '26px DejaVu Sans'
    c.fillText('1', w / 2, h - 60)
  }
  if (way.shade) {
    const g = c.createLinearGradient(0, h * 0.5, w * 0.3, h)
    g.addColorStop(0, 'transparent')
    g.addColorStop(1, `rgba(0,0,0,${way.shade})`)
    c.fillStyle = g
    c.fillRect(0, 0, w, h)
  }
  if (way.glare) {
    const r = way.glare * Math.hypot(w, h)
    const g = c.createRadialGradient(w * 0.45, h * 0.4, 0, w * 0.45, h * 0.4, r)
    g.addColorStop(0, 'white')
    g.addColorStop(0.6, 'white')
    g.addColorStop(1, 'rgba(255,255,255,0)')
    c.fillStyle = g
    c.fillRect(0, 0, w, h)
  }
  const data = c.getImageData(0, 0, w, h)
  let s = seed
  const chance = () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 4294967296
  for (let i = 0; i < data.data.length; i += 4) {
    const n = (chance() + chance() + chance() - 1.5) * 7
    for (let k = 0; k < 3; k++) data.data[i + k] = Math.max(0, Math.min(255, data.data[i + k] + n))
  }
  c.putImageData(data, 0, 0)
  return canvas.toDataURL('image/jpeg', 0.85)
}

const flat = join(dir, 'flat')
if (!existsSync(flat)) execFileSync('node', [join(top, 'tools/make-photos.mjs'), '--papers', option('--papers', '8'), '--variants', '0', '--out', flat], { stdio: 'ignore' })
const papers = readdirSync(flat).filter((f) => f.endsWith('.png')).map((f) => f.slice(0, -4))
const pictures = []
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] })
const page = await browser.newPage()
for (const [p, paper] of papers.entries()) {
  const url = `data:image/png;base64,${readFileSync(join(flat, `${paper}.png`)).toString('base64')}`
  for (const [way, of] of [['clean', () => ({})], ...Object.entries(ways)])
    for (let d = 0; d < (way === 'clean' ? 1 : 7); d++) {
      const file = join(dir, `${paper}.${way}${d}.jpg`)
      pictures.push({ file, paper, way, d })
      if (existsSync(file)) continue
      const jpeg = await page.evaluate(spoil, [url, of(d), 1 + p * 1000 + pictures.length])
      writeFileSync(file, Buffer.from(jpeg.slice(jpeg.indexOf(',') + 1), 'base64'))
    }
}
await browser.close()

const plain = (w) => w.normalize('NFC').toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')
const f1 = (read, truth) => {
  const left = new Map()
  for (const w of truth) left.set(w, (left.get(w) ?? 0) + 1)
  let hit = 0
  for (const w of read) if (left.get(w)) { left.set(w, left.get(w) - 1); hit++ }
  return read.length + truth.length ? (2 * hit) / (read.length + truth.length) : 1
}
const out = spawnSync(join(top, 'build/release/bin/docket-pages'), ['--engine', 'docket', ...pictures.map((p) => p.file)], { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] })
out.stdout.trim().split('\n').map((l) => JSON.parse(l)).forEach(({ document }, i) => {
  const p = pictures[i]
  const truth = readFileSync(join(flat, `${p.paper}.gt.txt`), 'utf8').split(/\s+/).map(plain).filter(Boolean)
  const read = (document?.pages ?? []).flatMap((q) => q.words.map((w) => plain(w.t))).filter(Boolean)
  p.f1 = f1(read, truth)
  p.warnings = document?.pages?.[0]?.warnings ?? []
})
for (const p of pictures) p.lost = p.f1 < pictures.find((q) => q.paper === p.paper && q.way === 'clean').f1 - 0.05

if (args.includes('--list'))
  for (const p of pictures) console.log(`${p.paper}.${p.way}${p.d}  ${p.f1.toFixed(3)}  ${p.lost ? 'lost' : ''}  ${p.warnings.join(' ')}`)
const ratio = (a, b) => (b ? (a / b).toFixed(2) : '-')
const row = (name, told, among) => {
  const hits = among.filter((p) => p.lost && told(p)).length
  console.log(`| ${name} | ${ratio(hits, among.filter(told).length)} of ${among.filter(told).length} | ${ratio(hits, among.filter((p) => p.lost).length)} of ${among.filter((p) => p.lost).length} |`)
}
const says = (...w) => (p) => p.warnings.some((x) => w.some((y) => x.startsWith(y)))
const of = (...w) => pictures.filter((p) => w.includes(p.way))
console.log('| warning, on pictures spoilt so | precision | recall |\n|---|---|---|')
row('`blurred`', says('blurred'), of('clean', 'blur'))
row('`blurred_*`, a third blurred', says('blurred'), of('clean', 'part'))
row('`too_dark`', says('too_dark'), of('clean', 'dark'))
row('`low_contrast`', says('low_contrast'), of('clean', 'faint'))
row('`glare`', says('glare'), of('clean', 'glare'))
row('`glare` over three quarters and more', says('glare'), of('clean', 'wide'))
row('`small_print`', says('small_print'), of('clean', 'small'))
row('any, on these', (p) => p.warnings.length > 0, pictures.filter((p) => p.way !== 'empty'))
console.log(`any, on ${of('empty').length} pages with an empty part in shadow: told on ${of('empty').filter((p) => p.warnings.length > 0).length} (blurred ${of('empty').filter(says('blurred')).length}), lost ${of('empty').filter((p) => p.lost).length}`)
if (!kept) rmSync(dir, { recursive: true })
