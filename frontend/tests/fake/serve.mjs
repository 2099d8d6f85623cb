// The built app beside a play-acted API, for working on screens without the service: npm run fake.
// Same paths and shapes as api/openapi.yaml, everything in memory, any password will do. A file whose
// name has "encrypted" in it fails; a job takes about two seconds.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const here = new URL('.', import.meta.url).pathname
const dist = process.env.DOCKET_WEB_OUT ?? join(here, '../../dist')
const picture = readFileSync(join(here, '../../../samples/receipt-en.webp'))
const types = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', png: 'image/png', webmanifest: 'application/manifest+json' }
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const box = (x, y, w, h) => [x, y, x + w, y, x + w, y + h, x, y + h]
const field = (type, value, normalized, confidence, band, polygon, more = {}) =>
  ({ type, value, normalized, confidence, band, source: 'ml', regions: [{ page: 1, polygon }], evidence: null, alternatives: [], ...more })
const resultOf = (job) => ({
  id: job.id, schema: 'docket.result/1', job_id: job.id, document_id: job.document_id, created_at: job.created_at,
  doc_type: { value: 'receipt', confidence: 0.98, alternatives: [{ value: 'invoice', confidence: 0.02 }] },
  pages: [{ number: 1, width_px: 900, height_px: 1400, rotation: 0, quality: { score: 0.9 }, image: `/documents/${job.document_id}/pages/1`, thumbnail: null, source: 'ocr', words: [] }],
  fields: {
    merchant_name: field('string', 'TEAPOT & SONS', 'TEAPOT & SONS', 0.97, 'high', box(0.2, 0.04, 0.6, 0.04), { evidence: 'The largest print at the top.' }),
    date: field('date', '05/03/2026', '2026-03-05', 0.71, 'medium', box(0.1, 0.2, 0.3, 0.03), { alternatives: [{ value: '03/05/2026', confidence: 0.24 }] }),
    total: field('money', '17.17', { amount: '17.17', minor: 1717, exp: 2, currency: 'EUR' }, 0.99, 'high', box(0.6, 0.7, 0.3, 0.04)),
    merchant_address: field('text', '12 Kettle Lane\nBrewtown', '12 Kettle Lane Brewtown', 0.41, 'low', box(0.2, 0.09, 0.6, 0.06)),
  },
  line_items: [], checks: [{ id: 'date_not_future', ok: true }],
  review: { needed: true, reasons: ['low_confidence'], fields: ['merchant_address'] },
  text: 'TEAPOT & SONS\n12 Kettle Lane\nBrewtown\n\n05/03/2026\nGreen tea   4.20\nScones      12.97\nTOTAL      17.17\n',
  model: { name: 'receipts', version: '1', sha256: '0'.repeat(64) }, ocr: { engine: 'tesseract', version: '5.3.0', languages: ['eng', 'rus'] },
  diagnostics: { warnings: [], timings_ms: { parse: 812, infer: 2 }, cost: {} },
})

export const start = (port = 0) => {
  let user = null
  let cut = false
  const jobs = new Map()
  const keys = new Map()
  const at = (job) => {
    const age = Date.now() - Date.parse(job.created_at)
    if (job.status === 'cancelled' || job.settled) return job
    const bad = /encrypted/.test(job.file.name)
    const [status, stage, done] =
      age < 300 ? ['queued', 'queued', 0] : age < 1200 ? ['processing', 'parsing', Math.min(2, Math.floor(age / 400))] : bad ? ['failed', 'parsing', 0] : age < 1600 ? ['processing', 'inference', 3] : ['done', 'finished', 3]
    Object.assign(job, { status, stage, progress: { done, total: 3, unit: 'page' }, version: Math.floor(age / 100), result_id: status === 'done' ? job.id : null })
    if (status === 'failed') job.error = { code: 'encrypted_pdf', title: 'The PDF is protected by a password.', detail: '', advice: '', retryable: false }
    job.settled = status === 'done' || status === 'failed'
    return job
  }
  const shown = ({ settled: _, ...job }) => job
  const documentOf = (job) => {
    const done = job.status === 'done'
    return { id: job.document_id, job_id: job.id, file: job.file, created_at: job.created_at, status: job.status, pages: done ? 1 : 0, doc_type: done ? 'receipt' : null,
      merchant: done ? 'TEAPOT & SONS' : null, date: done ? '2026-03-05' : null, total: done ? { amount: '17.17', currency: 'EUR' } : null,
      thumbnail: done ? `/documents/${job.document_id}/pages/1/thumbnail` : null, links: { self: '', job: '', result: null, original: '' } }
  }
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, 'http://x')
    const path = url.pathname
    const json = (status, body, headers = {}) => { res.writeHead(status, { 'content-type': 'application/json', ...headers }); res.end(status === 304 ? undefined : JSON.stringify(body)) }
    const no = (status, code) => json(status, { type: `/problems/${code}`, title: code, status, detail: '', code, retryable: false, request_id: 'r', advice: '' })
    if (cut && !path.startsWith('/assets')) return req.socket.destroy()
    const parts = []
    for await (const part of req) parts.push(part)
    const body = Buffer.concat(parts)
    if (path === '/' || path === '/app' || path.startsWith('/app/')) return file('/index.html')
    if (existsSync(join(dist, path)) && !path.includes('..')) return file(path)
    if (path === '/signup' || path === '/login') {
      const { email, locale = 'en' } = JSON.parse(body)
      user = { id: randomUUID(), email, locale }
      return json(path === '/signup' ? 201 : 200, { user, token: 't', expires_at: null })
    }
    if (!user) return no(401, 'unauthenticated')
    if (path === '/session') return json(200, { user, expires_at: null })
    if (path === '/logout') { user = null; res.writeHead(204); return res.end() }
    if (path === '/upload') {
      const key = req.headers['idempotency-key']
      if (!keys.has(key)) {
        const id = `019aa5f0-${String(jobs.size + 0x1000).padStart(4, '0')}-7000-8000-${Date.now().toString(16).padStart(12, '0')}`
        const name = decodeURIComponent(/filename\*=UTF-8''(.*)$/.exec(req.headers['content-disposition'] ?? '')?.[1] ?? 'paper')
        jobs.set(id, { id, attempt: 1, max_attempts: 3, created_at: new Date().toISOString(), started_at: null, finished_at: null, next_retry_at: null, document_id: id, error: null,
          file: { name, media_type: req.headers['content-type'], size: body.length }, links: { self: `/jobs/${id}`, result: null, document: '', original: `/documents/${id}/original` } })
        keys.set(key, id)
      }
      return json(202, shown(at(jobs.get(keys.get(key)))))
    }
    if (path === '/documents') return json(200, { items: [...jobs.values()].map((j) => documentOf(at(j))).reverse(), next_cursor: null })
    const [, kind, id, what] = path.split('/')
    const job = jobs.get(id)
    if (!job) return no(404, 'not_found')
    if (kind === 'documents' && what) { res.writeHead(200, { 'content-type': 'image/webp' }); return res.end(picture) }
    if (kind === 'documents') return json(200, documentOf(at(job)))
    if (kind === 'results') return json(200, resultOf(job))
    if (req.method === 'DELETE') job.status = 'cancelled'
    else if (what === 'retry') Object.assign(job, { settled: false, error: null, status: 'queued', created_at: new Date().toISOString() })
    else for (let n = 0; n < 100 && url.searchParams.has('wait') && !at(job).settled && `"${job.version}"` === req.headers['if-none-match']; n++) await new Promise((r) => setTimeout(r, 50))
    return json(200, shown(at(job)), { etag: `"${job.version}"` })

    function file(name) {
      res.writeHead(200, { 'content-type': types[name.split('.').pop()] ?? 'application/octet-stream', 'content-security-policy': policy, 'cache-control': 'no-cache' })
      res.end(readFileSync(join(dist, name)))
    }
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, cut: (on) => { cut = on }, close: () => { server.closeAllConnections(); server.close() } })))
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log((await start(Number(process.env.PORT ?? 8085))).url)
