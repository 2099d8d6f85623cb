// What was spent: by month and by sender, exactly, and each paper once.
import { flushSync } from 'svelte'
import { expect, test, vi } from 'vitest'
import type { Document } from '../src/api/types'
import { kindsOf, lastDay, monthsUntil, spendingOf } from '../src/lib/spending'
import Spending from '../src/screens/Spending.svelte'
import { serve, show, speak, stage } from './stage'

stage()
const now = new Date(2026, 10, 29)
let n = 0
const paper = (date: string | null, amount: string | null, over: Partial<Document> = {}): Document => ({ id: `id-${String(++n).padStart(3, '0')}`, doc_type: 'receipt', merchant: 'Teapot & Sons', date, total: amount === null ? null : { amount, currency: 'EUR' }, ...over } as Document)

test('a year is twelve months, the newest first, and a month has a last day', () => {
  expect(monthsUntil(now)).toHaveLength(12)
  expect([monthsUntil(now)[0], monthsUntil(now)[11]]).toEqual(['2026-11', '2025-12'])
  expect(monthsUntil(new Date(2026, 0, 31))[1]).toBe('2025-12')
  expect([lastDay('2026-02'), lastDay('2024-02'), lastDay('2026-12')]).toEqual(['2026-02-28', '2024-02-29', '2026-12-31'])
})
test('sums are exact, by currency, month and sender', () => {
  const [eur, rub] = spendingOf([paper('2026-11-02', '0.10'), paper('2026-11-03', '0.20', { merchant: 'Other' }), paper('2026-10-31', '12.97'), paper('2026-11-01', '5.00', { total: { amount: '5.00', currency: 'RUB' } })], now)
  expect([eur!.currency, rub!.currency]).toEqual(['EUR', 'RUB'])
  expect(eur!.months.slice(0, 3)).toEqual([{ name: '2026-11', sum: 30n, papers: 2 }, { name: '2026-10', sum: 1297n, papers: 1 }, { name: '2026-09', sum: 0n, papers: 0 }])
  expect(eur!.senders.map((s) => [s.name, s.sum])).toEqual([['Teapot & Sons', 1307n], ['Other', 20n]])
})
test('what is no spending, has no day or sum, is too old, or is here a second time is left out', () => {
  const first = paper('2026-11-02', '7.00')
  const again = paper('2026-11-02', '7.00', { duplicate_of: first.id })
  const both = [{ ...first, duplicate_of: again.id }, again]
  expect(spendingOf([...both, paper(null, '1.00'), paper('2026-11-02', null), paper('2025-11-30', '1.00'), paper('2026-11-02', '900.00', { doc_type: 'bank_statement' })], now)[0]!.months[0]).toEqual({ name: '2026-11', sum: 700n, papers: 1 })
  expect(spendingOf([], now)).toEqual([])
})
test('kinds are summed in a month or in all, the most first, and what has no kind is one of its own', () => {
  const [a, b, c] = [paper('2026-11-02', '0.10'), paper('2026-10-03', '7.00'), paper('2026-11-05', '0.25')]
  const [eur] = spendingOf([a, b, c], now, new Map([[a.id, 'fuel'], [b.id, 'fuel']]))
  expect(kindsOf(eur!.papers).map((k) => [k.name, k.sum, k.papers])).toEqual([['fuel', 710n, 2], ['', 25n, 1]])
  expect(kindsOf(eur!.papers, '2026-11').map((k) => [k.name, k.sum])).toEqual([['', 25n], ['fuel', 10n]])
  expect(kindsOf(eur!.papers, '2026-09')).toEqual([])
})
test('the screen asks page by page, and its lines lead to their papers', async () => {
  vi.useFakeTimers({ now, toFake: ['Date'] })
  const groceries = paper('2026-11-02', '1234.50', { total: { amount: '1234.50', currency: 'RUB' }, job_id: 'job-1', file: { name: 'a.jpg' } as never })
  const asked = serve({
    'GET /digest': [200, { items: [{ document_id: groceries.id, job_id: 'job-1', category: 'groceries', due_date: null, paid: false, doubtful: [] }] }],
    'GET /documents?sort=date&from=2025-12-01&limit=200': [200, { items: [groceries], next_cursor: 'c' }],
    'GET /documents?sort=date&from=2025-12-01&limit=200&cursor=c': [200, { items: [paper('2026-10-02', '1.00', { total: { amount: '1.00', currency: 'RUB' } })], next_cursor: null }],
  })
  speak('ru')
  show(Spending as never)
  await vi.waitFor(() => { flushSync(); expect(document.body.textContent).toContain('1\u00a0234,50\u00a0₽') })
  vi.useRealTimers()
  expect(asked).toHaveLength(3)
  expect([...document.querySelectorAll('.kind .name')].map((n) => n.textContent)).toEqual(expect.arrayContaining(['Продукты', 'Прочее']))
  expect(document.body.textContent).toContain('1\u00a0235,50\u00a0₽')
  expect([...document.querySelectorAll('li a')].map((a) => a.getAttribute('href'))).toEqual(expect.arrayContaining(['/app?from=2026-11-01&to=2026-11-30&sort=date', '/app?sender=Teapot%20%26%20Sons&sort=date', '/app/documents/job-1']))
})
