// What is to be paid: by day, each bill once, and what is said to be paid taken back as easily.
import { flushSync } from 'svelte'
import { beforeEach, expect, test, vi } from 'vitest'
import type { DigestItem } from '../src/api/types'
import { asks } from '../src/lib/asks.svelte'
import { billsOf, today, wanting } from '../src/lib/bills'
import { away } from '../src/lib/format'
import { toasts } from '../src/lib/toast.svelte'
import Bills from '../src/screens/Bills.svelte'
import { el, serve, settle, show, speak, stage, tap } from './stage'

stage()
beforeEach(() => asks.forget())
let n = 0
const bill = (due_date: string | null, over: Partial<DigestItem> = {}): DigestItem =>
  ({ document_id: `d${++n}`, job_id: `j${n}`, doc_type: 'utility_bill', merchant: `Gas ${n}`, title: null, date: null, total: { amount: '12.30', currency: 'EUR' }, due_date, paid: false, category: null, doubtful: [], ...over })

test('bills stand by how late they are; what has no date, and what is years old, does not', () => {
  const items = [bill('2026-12-06'), bill('2026-11-28'), bill('2026-11-29'), bill('2026-12-07'), bill(null), bill('2026-08-30'), bill('someday'), bill('2026-11-01', { paid: true })]
  const of = billsOf(items, '2026-11-29')
  expect([of.late, of.soon, of.later, of.paid].map((l) => l.map((b) => b.days))).toEqual([[-1], [0, 7], [8], [-28]])
  expect(wanting(of)).toHaveLength(3)
})
test('the same bill twice is paid once, and two alike without a sum are two', () => {
  const twice = [bill('2026-12-01', { merchant: 'Gas' }), bill('2026-12-01', { merchant: 'GAS' }), bill('2026-12-01', { merchant: 'Gas', total: null }), bill('2026-12-01', { merchant: 'Gas', total: null })]
  expect(billsOf(twice, '2026-11-29').soon).toHaveLength(3)
})
test('today is a day of the calendar here', () => {
  expect(today(new Date(2026, 10, 29, 0, 5))).toBe('2026-11-29')
  expect(today(new Date(2026, 10, 29, 23, 55))).toBe('2026-11-29')
})
test('days away are said as people say them', () => {
  expect([away(0, 'en'), away(1, 'ru'), away(-3, 'ru'), away(5, 'ru')]).toEqual(['today', 'завтра', '3 дня назад', 'через 5 дней'])
})
test('what is paid is tagged in the language of the app, and untagged in either', async () => {
  speak('ru')
  vi.useFakeTimers({ now: new Date(2026, 10, 29, 12), toFake: ['Date'] })
  const asked = serve({ 'GET /digest': [200, { items: [bill('2026-12-01', { document_id: 'd', merchant: 'Газ' })] }], 'POST /bulk': [200, { done: 1, failed: [] }] })
  show(Bills as never)
  await settle()
  expect(el('#soon-title').textContent).toBe('В ближайшую неделю')
  expect(document.body.textContent).toContain('послезавтра')
  tap('Оплачено: Газ')
  await settle()
  expect(document.body.textContent).toContain('Платить нечего')
  expect(asks.toPay).toEqual([])
  toasts.act()
  await settle()
  await settle()
  vi.useRealTimers()
  expect(asked.slice(1).map(([, body]) => body)).toEqual([{ action: 'tag', ids: ['d'], tag: 'оплачено' }, { action: 'untag', ids: ['d'], tag: 'paid' }, { action: 'untag', ids: ['d'], tag: 'оплачено' }])
  flushSync()
  expect(el('#soon-title')).not.toBeNull()
})
test('the next paper to check is the next older one, then whatever is left, then none', () => {
  asks.items = [bill(null, { doubtful: ['date'] }), bill(null), bill(null, { doubtful: ['total'] })]
  const [a, b, c] = asks.items as [DigestItem, DigestItem, DigestItem]
  expect(asks.after(a.job_id)).toBe(c)
  expect(asks.after(b.job_id)).toBe(c)
  expect(asks.after(c.job_id)).toBe(a)
  asks.checked(a.job_id, [])
  expect(asks.after(c.job_id)).toBeUndefined()
  expect(asks.toCheck.map((d) => d.job_id)).toEqual([c.job_id])
})
