// What was spent, by month, sender and kind, of what the list of papers and their digest know. Sums are whole hundredths, a currency apart
// from each other; the same paper twice is counted once.
import type { Document } from '../api/types'
import { hundredths } from './values'

export interface Sum { name: string; sum: bigint; papers: number }
export interface Spent { month: string; category: string; sum: bigint; paper: Document }
export interface Spending { currency: string; months: Sum[]; senders: Sum[]; papers: Spent[] } // a month is named 2026-11, newest first
export interface Kind extends Sum { of: Spent[] }

export const MONTHS = 12
const counted = ['receipt', 'invoice', 'utility_bill', 'card_slip', 'ticket']
const named = (year: number, month: number) => new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7)
export const monthsUntil = (now: Date): string[] => Array.from({ length: MONTHS }, (_, i) => named(now.getFullYear(), now.getMonth() - i))
export const lastDay = (month: string): string => new Date(Date.UTC(+month.slice(0, 4), +month.slice(5), 0)).toISOString().slice(0, 10)

const add = (sums: Map<string, Sum>, name: string, amount: bigint) => {
  const s = sums.get(name) ?? { name, sum: 0n, papers: 0 }
  sums.set(name, { name, sum: s.sum + amount, papers: s.papers + 1 })
}
// Category by document; "" where none is known.
export const spendingOf = (documents: readonly Document[], now: Date, categories: ReadonlyMap<string, string> = new Map()): Spending[] => {
  const window = monthsUntil(now)
  const all = new Map<string, { months: Map<string, Sum>; senders: Map<string, Sum>; papers: Spent[] }>()
  for (const d of documents) {
    const month = d.date?.slice(0, 7)
    const amount = d.total ? hundredths(d.total.amount) : null
    // Of two that are the same paper the older one counts; ids are in the order of their making.
    if (!month || !window.includes(month) || amount === null || !counted.includes(d.doc_type ?? '') || (d.duplicate_of && d.duplicate_of < d.id)) continue
    const currency = d.total?.currency ?? ''
    const of: { months: Map<string, Sum>; senders: Map<string, Sum>; papers: Spent[] } = all.get(currency) ?? { months: new Map(window.map((name) => [name, { name, sum: 0n, papers: 0 }])), senders: new Map(), papers: [] }
    add(of.months, month, amount)
    if (d.merchant) add(of.senders, d.merchant, amount)
    of.papers.push({ month, category: categories.get(d.id) ?? '', sum: amount, paper: d })
    all.set(currency, of)
  }
  return [...all].sort(([, a], [, b]) => b.papers.length - a.papers.length).map(([currency, of]) => ({
    currency, months: [...of.months.values()], senders: [...of.senders.values()].sort((a, b) => (a.sum < b.sum ? 1 : a.sum > b.sum ? -1 : 0)).slice(0, 10), papers: of.papers,
  }))
}
// What it was spent on, the most first; in one month, or in all of them.
export const kindsOf = (papers: readonly Spent[], month = ''): Kind[] => {
  const kinds = new Map<string, Kind>()
  for (const p of papers) {
    if (month && p.month !== month) continue
    const k = kinds.get(p.category) ?? { name: p.category, sum: 0n, papers: 0, of: [] }
    kinds.set(p.category, { name: p.category, sum: k.sum + p.sum, papers: k.papers + 1, of: [...k.of, p] })
  }
  return [...kinds.values()].sort((a, b) => (a.sum < b.sum ? 1 : a.sum > b.sum ? -1 : 0))
}
