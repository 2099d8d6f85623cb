// Which day it is is the reader's own: a moment belongs to the day that it was where they are, a due date is a day of the
// calendar and moves nowhere. All tests go by the clock of Auckland, half a day before UTC: vite.config.ts.
import { readFileSync, readdirSync } from 'node:fs'
import { flushSync } from 'svelte'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { asks } from '../src/lib/asks.svelte'
import { today } from '../src/lib/bills'
import { day, dayOf, since } from '../src/lib/format'
import { monthsUntil } from '../src/lib/spending'
import { session } from '../src/lib/session.svelte'
import Passkeys from '../src/parts/Passkeys.svelte'
import Tokens from '../src/parts/Tokens.svelte'
import Bills from '../src/screens/Bills.svelte'
import People from '../src/screens/People.svelte'
import { serve, show, stage } from './stage'

stage()
const evening = '2026-11-30T11:30:00Z' // there it is half past midnight of the first of December
const me = { id: 'me', email: 'ann@example.org', locale: 'en', role: 'admin', email_verified: true, second_factor: false, second_factor_needed: false, deletion_at: null } as const
beforeEach(() => { session.user = me; asks.forget() })
afterAll(() => vi.useRealTimers())
const see = (words: string | RegExp) => vi.waitFor(() => { flushSync(); expect(document.body.textContent).toMatch(words) })

test('the clock is that of Auckland', () => { expect(new Date(evening).getHours()).toBe(0) })
test('a moment is told by the day it was here', () => {
  expect(dayOf(evening)).toBe('2026-12-01')
  expect(today(new Date(evening))).toBe('2026-12-01')
  expect(monthsUntil(new Date(evening))[0]).toBe('2026-12')
  expect(since('2026-11-30T10:30:00Z', 'en', { today: 'today', yesterday: 'yesterday' }, new Date(evening))).toBe('yesterday')
})
test('a day of the calendar moves nowhere', () => {
  expect(day('2026-12-01', 'en')).toBe('1 December 2026')
  expect(day('2026-12-01', 'ru')).toBe('1 декабря 2026\u00a0г.')
})
test('what the screens of the account say of days is said by the day here', async () => {
  const key = { id: 'k1', name: 'scanner', scopes: ['read'], created_at: evening, used_at: null, expires_at: evening }
  serve({ 'GET /tokens': [200, { items: [key] }], 'GET /account/passkeys': [200, { items: [{ id: 'p1', name: 'phone', created_at: evening, used_at: null }] }], 'GET /service': [200, { passkeys: true }],
    'GET /admin/users?limit=50': [200, { items: [{ user: me, disabled: false, created_at: evening, documents: 0, bytes: 0 }], next_cursor: null }] })
  vi.stubGlobal('PublicKeyCredential', function () {})
  for (const screen of [Tokens, Passkeys, People]) {
    const leave = show(screen as never)
    await see(/1 Dec 2026/)
    expect(document.body.textContent).not.toMatch(/30 Nov/)
    leave()
  }
})
test('a bill that is due today is due today', async () => {
  vi.setSystemTime(new Date(evening))
  serve({ 'GET /digest': [200, { items: [{ document_id: 'd', job_id: 'j', doc_type: 'utility_bill', merchant: 'Gas', title: null, date: null, total: { amount: '1.00', currency: 'EUR' }, due_date: '2026-12-01', paid: false, category: null, doubtful: [] }] }] })
  show(Bills as never)
  await see(/Gas/)
  expect(document.body.textContent).toMatch(/today/i)
  expect(document.body.textContent).not.toMatch(/Overdue|tomorrow/i)
})
test('nowhere is the day of a moment cut out of its letters, which are of UTC', () => {
  const cut: string[] = []
  for (const folder of ['lib', 'parts', 'screens', 'api', 'sw'])
    for (const f of readdirSync(`src/${folder}`).filter((f) => /\.(svelte|ts)$/.test(f)))
      if (/_at\??\.(slice|substring|split)\(/.test(readFileSync(`src/${folder}/${f}`, 'utf8'))) cut.push(f)
  expect(cut).toEqual([])
})
