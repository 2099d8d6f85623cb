// How quick the web app is: from tap to "received", from the job's end to its result on the screen, and what
// Lighthouse says of it on a phone (its own throttling: slow 4G, a processor four times slower).
// usage: node bench/web.mjs [--documents 1000]
// Needs build/release with the web app, Chromium as people have it (Debian's chromium), and bench's and scenarios' npm packages.
import '../tools/help.mjs'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import lighthouse from 'lighthouse'
import { PASSWORD } from '../scenarios/lib/client.mjs'
import { paperSaying } from '../scenarios/lib/papers.mjs'
import { Service, freePort, sample } from '../scenarios/lib/service.mjs'

const { chromium } = createRequire(new URL('../scenarios/package.json', import.meta.url))('playwright-core')
const at = process.argv.indexOf('--documents')
const documents = at > 0 ? Number(process.argv[at + 1]) : 1000
const port = await freePort()
const service = await Service.start()
// Lighthouse looks with the browser's own profile: there is but one, so that it sees what the person sees.
const context = await chromium.launchPersistentContext('', { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', `--remote-debugging-port=${port}`] })
const say = (name, value) => console.log(`${name.padEnd(58)} ${value}`)
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

try {
  const page = await context.newPage()
  const email = `bench-${randomUUID()}@example.org`
  await page.goto(`${service.url}/app/signup`)
  await page.locator('#email').fill(email)
  await page.locator('#password').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
  await page.getByTestId('picker').waitFor({ state: 'attached' })

  // A receipt under noise, as large as a phone's photo.
  const photo = Buffer.from(await page.evaluate(async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]))
    const canvas = new OffscreenCanvas(2400, Math.round((2400 * bitmap.height) / bitmap.width))
    const c = canvas.getContext('2d')
    c.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    const data = c.getImageData(0, 0, canvas.width, canvas.height)
    for (let i = 0; i < data.data.length; i += 4) { const n = Math.random() * 14 - 7; data.data[i] += n; data.data[i + 1] += n; data.data[i + 2] += n }
    c.putImageData(data, 0, 0)
    for (let q = 0.98; ; q -= 0.03) { const b = await canvas.convertToBlob({ type: 'image/jpeg', quality: q }); if (b.size < 3.3e6 || q < 0.5) return [...new Uint8Array(await b.arrayBuffer())] }
  }, [...sample('receipt-en.jpg')]))
  await page.evaluate(() => addEventListener('change', () => { globalThis.tapped = performance.now() }, true))
  const taps = []
  const shows = []
  for (let i = 0; i < 5; i++) {
    const answered = page.waitForResponse((r) => r.url().endsWith('/upload') && r.status() === 202)
    await page.getByTestId('picker').setInputFiles({ name: `photo-${i}.jpg`, mimeType: 'image/jpeg', buffer: photo })
    // The look at the photo may ask; a person would answer, and that is not ours to time.
    const anyway = page.locator('dialog[open] .button.main')
    await Promise.race([answered, anyway.waitFor().then(async () => { await page.evaluate(() => { globalThis.asked = performance.now() }); await anyway.click(); await page.evaluate(() => { globalThis.tapped += performance.now() - globalThis.asked }) }).catch(() => {})])
    const job = await (await answered).json()
    taps.push(await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/upload')).at(-1).responseEnd - globalThis.tapped))
    await page.waitForFunction((n) => document.querySelectorAll('.papers .sum .num').length === n, i + 1, { timeout: 120_000 })
    const seen = Date.now()
    const done = await page.evaluate(async (id) => (await fetch(`/jobs/${id}`)).json(), job.id)
    shows.push(seen - Date.parse(done.finished_at))
  }
  say(`tap to received, a photo of ${(photo.length / 1e6).toFixed(1)} MB, median of 5`, `${Math.round(median(taps))} ms (${taps.map((t) => Math.round(t)).join(', ')})`)
  say('from the end of the job to its result in the list', `${Math.round(median(shows))} ms (${shows.join(', ')})`)

  const client = service.client()
  client.token = (await client.must(200, 'POST', '/login', { json: { email, password: PASSWORD } })).body.token
  let next = 0
  const upload = async (n) => {
    // The service holds back who has hundreds waiting: then so do we.
    for (;;) {
      const answer = await client.send(paperSaying(`SHOP${n}`), { name: `paper-${n}.pdf`, key: `bench-${n}` }).catch(() => null)
      if (answer?.status === 202) return
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  await Promise.all(Array.from({ length: 8 }, async () => { while (next < documents) await upload(next++) }))
  await service.until('all read', async () => (await client.must(200, 'GET', '/documents?status=queued&limit=1')).body.items.length + (await client.must(200, 'GET', '/documents?status=processing&limit=1')).body.items.length === 0, 1800)
  await page.goto('about:blank')

  // "first visit": nothing of the app is on the device yet, the session is.
  for (const [name, path, fresh] of [['library', '/app', false], ['library, first visit', '/app', true], ['account', '/app/account', false], ['login, first visit', '/app/login', true]]) {
    if (name.startsWith('login')) await context.clearCookies()
    const { lhr } = await lighthouse(service.url + path, { port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'], disableStorageReset: !fresh, formFactor: 'mobile' })
    const score = (c) => Math.round(lhr.categories[c].score * 100)
    // What belongs to no script of ours is the leaving of the page before.
    const long = (lhr.audits['long-tasks']?.details?.items ?? []).filter((t) => t.url !== 'Unattributable').map((t) => Math.round(t.duration))
    say(`Lighthouse, ${name}${name.startsWith('library') ? ` with ${documents} documents` : ''}`, `performance ${score('performance')}, accessibility ${score('accessibility')}, best practices ${score('best-practices')}`)
    say('  largest contentful paint, total blocking, longest task', `${Math.round(lhr.audits['largest-contentful-paint'].numericValue)} ms, ${Math.round(lhr.audits['total-blocking-time'].numericValue)} ms, ${Math.max(0, ...long)} ms`)
    for (const c of ['accessibility', 'best-practices', 'performance']) for (const ref of lhr.categories[c].auditRefs) { const a = lhr.audits[ref.id]; if (a.score !== null && a.score < 0.9 && ref.weight > 0) say(`  ${c}: ${a.id}`, a.displayValue ?? '') }
  }
} finally {
  await context.close()
  await service.end()
}
