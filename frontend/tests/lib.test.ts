import { afterEach, expect, test, vi } from 'vitest'
import type { Document, Job } from '../src/api/types'
import { backoff } from '../src/lib/backoff'
import { follow } from '../src/lib/follow'
import { bytes, day, moment, money } from '../src/lib/format'
import { csvOf, filtersOf, queryOf } from '../src/lib/library.svelte'
import { concernsOf, type Grey } from '../src/lib/look'
import { strength } from '../src/lib/password'
import { pdfOf } from '../src/lib/pdf'
import { fit } from '../src/lib/prepare'
import { parse } from '../src/lib/route'
import { points, wordBox } from '../src/lib/shape'
import { speak } from './stage'

afterEach(() => { vi.unstubAllGlobals(); vi.useRealTimers() })

test('money is grouped as text, never rounded', () => {
  expect(money({ amount: '12345678901234567.89', currency: 'RUB' }, 'ru')).toBe('12\u00a0345\u00a0678\u00a0901\u00a0234\u00a0567,89\u00a0₽')
  expect(money({ amount: '-1234.50', currency: 'GBP' }, 'en')).toBe('−£1,234.50')
  expect(money({ amount: '1234.50', currency: null }, 'ru')).toBe('1\u00a0234,50')
  expect(money({ amount: '-9.00', currency: 'MYR' }, 'en')).toBe('−9.00\u00a0MYR')
})
test('a date is a day, in every time zone', () => {
  expect(day('2018-03-25', 'en')).toBe('25 March 2018')
  expect(day('2018-03-25', 'ru')).toContain('25 марта 2018')
  expect(day('someday', 'en')).toBe('someday')
})
test('a moment says its year when it is not this one', () => {
  const now = new Date('2026-11-28T12:00:00')
  expect(moment('2026-03-05T10:20:00', 'en', now)).toBe('5 Mar, 10:20')
  expect(moment('2025-03-05T10:20:00', 'en', now)).toBe('5 Mar 2025, 10:20')
  expect(moment('2025-12-31T23:59:00', 'ru', now)).toMatch(/^31 дек\. 2025\u00a0г\., 23:59$/)
})
test('sizes', () => { expect(bytes(3_200_000, 'en')).toBe('3.2 MB'); expect(bytes(512, 'ru')).toBe('512 Б') })
test('back-off grows, has a ceiling, and differs', () => {
  expect(backoff(0, () => 1)).toBe(750)
  expect(backoff(50, () => 1)).toBe(30_250)
  expect(backoff(9, () => 0)).toBe(250)
})
test('addresses', () => {
  expect(parse('/')).toEqual({ screen: 'library' })
  expect(parse('/app/documents/019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d10')).toEqual({ screen: 'document', id: '019aa5f0-3c5b-7cc2-9a38-0e3a4c3b8d10' })
  expect(parse('/jobs/1')).toEqual({ screen: 'lost' })
})
test('regions on the page', () => {
  expect(points([0.1, 0.2, 0.3, 0.2, 0.3, 0.4, 0.1, 0.4], 1000, 500)).toBe('100.0,100.0 300.0,100.0 300.0,200.0 100.0,200.0')
  expect(wordBox([0.25, 0.25, 0.75, 0.5])).toEqual({ x: 0.25, y: 0.25, w: 0.5, h: 0.25 })
})
test('pictures over 4000 px shrink in proportion, others stay', () => {
  expect(fit(8000, 6000, 4000)).toEqual({ width: 4000, height: 3000 })
  expect(fit(3000, 4000, 4000)).toEqual({ width: 3000, height: 4000 })
})
test('passwords', () => { expect(strength('short')).toBe(0); expect(strength('aaaaaaaaaaaa')).toBe(1); expect(strength('seven brown teapots 41')).toBe(4) })

// Print: dark strokes of two pixels on paper.
const paper = (change: (v: number, x: number, y: number) => number = (v) => v, margin = 40): Grey => {
  const [width, height] = [400, 600]
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inside = x > margin && x < width - margin && y > margin && y < height - margin
      data[y * width + x] = change(inside && x % 9 < 2 && y % 14 < 8 ? 40 : 225, x, y)
    }
  return { width, height, data }
}
const blur = (g: Grey, radius: number): Grey => {
  const data = new Uint8Array(g.data.length)
  for (let y = 0; y < g.height; y++)
    for (let x = 0; x < g.width; x++) {
      let sum = 0
      let n = 0
      for (let d = -radius; d <= radius; d++) if (x + d >= 0 && x + d < g.width) { sum += g.data[y * g.width + x + d]!; n++ }
      data[y * g.width + x] = sum / n
    }
  return { ...g, data }
}
const edge = (): Grey => paper((_, x) => (x < 200 ? 30 : 225))
test('a good picture raises no concern', () => expect(concernsOf(paper())).toEqual([]))
test('a dark one does', () => expect(concernsOf(paper((v) => v / 4))).toContain('dark'))
test('a blurred one does', () => expect(concernsOf(blur(edge(), 8))).toContain('blurred'))
test('print over the edge does', () => expect(concernsOf(paper((v) => v, -1))).toContain('cut'))
test('an empty sheet is neither blurred nor cut', () => expect(concernsOf(paper(() => 230))).toEqual([]))

test('shots join into a PDF whose table of contents is right', () => {
  const pdf = pdfOf([{ bytes: new Uint8Array([255, 216, 1]), width: 1500, height: 3000 }, { bytes: new Uint8Array([255, 216, 2]), width: 300, height: 300 }])
  const text = Buffer.from(pdf).toString('latin1')
  expect(text).toContain('/Count 2')
  expect(text).toContain('[0 0 720.00 1440.00]')
  const start = Number(/startxref\n(\d+)/.exec(text)![1])
  expect(text.slice(start, start + 4)).toBe('xref')
  const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n /gm)].map((m) => Number(m[1]))
  expect(offsets).toHaveLength(8)
  offsets.forEach((at, i) => expect(text.slice(at, at + 8)).toBe(`${i + 1} 0 obj\n`.slice(0, 8)))
})

const document = (over: Partial<Document>): Document => ({
  id: 'x', job_id: 'x', parent_document_id: null, file: { name: 'a.jpg', media_type: 'image/jpeg', size: 1 }, created_at: '', status: 'done', pages: 1, doc_type: 'receipt',
  merchant: 'Teapot & Sons', date: '2026-03-05', total: { amount: '17.17', currency: 'EUR' }, thumbnail: null,
  running_job_id: null, title: null, note: null, tags: [], trashed_at: null, version: 1,
  links: { self: '', job: '', result: null, original: '' }, ...over,
})
test('a search is a question to the service and an address', () => {
  const asked = new URLSearchParams('q=milk&type=receipt&min=10&trash=true')
  expect(queryOf(filtersOf(asked)).toString()).toBe(asked.toString())
  speak('ru')
  expect(filtersOf(new URLSearchParams('min=1234.50&q=1.5'))).toMatchObject({ min: '1234,50', q: '1.5' })
  expect(queryOf(filtersOf(new URLSearchParams('min=1234.50'))).toString()).toBe('min=1234.50')
  speak('en')
  expect(queryOf({ ...filtersOf(new URLSearchParams()), q: ' ', min: '1 234,50', max: '12.', from: '2026-03' }).toString()).toBe('min=1234.50')
})
test('a spreadsheet gets no formula from a shop', () => {
  const of = (merchant: string) => csvOf([document({ merchant })])
  expect(of('=HYPERLINK("x")')).toContain(`"'=HYPERLINK(""x"")"`)
  expect(of('  ＝1')).toContain(`"'  ＝1"`)
  // A spreadsheet that parts cells at semicolons heeds no quote in the middle of one.
  expect(of('shop;=1+1;b')).toContain(`"shop;'=1+1;b"`)
  expect(of('a\n-1\t@2')).toContain(`"a\n'-1\t'@2"`)
  expect(of('a; b, -1')).toContain('"a; b, -1"')
  expect(of('-12.50')).toContain('"-12.50"')
})

const job = (status: Job['status'], version: number) => ({ id: 'j', status, version }) as Job
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => new Response(body === null ? null : JSON.stringify(body), { status, headers })
test('a job is followed to its end through an outage, and asked about by version', async () => {
  vi.useFakeTimers()
  const script = [
    () => answer(200, job('queued', 1), { ETag: '"1"' }),
    () => { throw new TypeError('network') },
    () => answer(503, { code: 'shutting_down', retryable: true }),
    () => answer(304, null),
    () => answer(200, job('done', 2), { ETag: '"2"' }),
  ]
  const asked: [string, string | undefined][] = []
  vi.stubGlobal('fetch', async (path: string, init: { headers: Record<string, string> }) => {
    asked.push([path, init.headers['If-None-Match']])
    return script[asked.length - 1]!()
  })
  const seen: string[] = []
  const end = follow('j', { job: (j) => seen.push(j.status), trouble: (e) => seen.push(e ? e.code : 'back') }, new AbortController().signal)
  await vi.runAllTimersAsync()
  await end
  expect(seen).toEqual(['queued', 'offline', 'shutting_down', 'back', 'done'])
  expect(asked).toEqual([['/jobs/j', undefined], ...Array(4).fill(['/jobs/j?wait=20', '"1"'])])
})
test("somebody else's job is not asked for twice", async () => {
  const fetch = vi.fn(async () => answer(404, { code: 'not_found' }))
  vi.stubGlobal('fetch', fetch)
  await follow('j', { job: () => {}, trouble: () => {} }, new AbortController().signal)
  expect(fetch).toHaveBeenCalledTimes(1)
})
