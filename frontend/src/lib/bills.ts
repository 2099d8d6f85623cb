// Bills by when they want to be paid. A day is a day of the calendar here: no time zone moves it.
import type { DigestItem } from '../api/types'
import { dayOf } from './format'

export interface Bill { item: DigestItem; days: number } // until it is due; below zero: since it was
export interface Bills { late: Bill[]; soon: Bill[]; later: Bill[]; paid: Bill[] }
const SOON = 7
const OLD = 90 // who is so late was paid, or has other letters about it

const at = (iso: string) => Date.UTC(+iso.slice(0, 4), +iso.slice(5, 7) - 1, +iso.slice(8, 10))
export const today = (now = new Date()) => dayOf(now)
export const billsOf = (items: readonly DigestItem[], day: string): Bills => {
  const of: Bills = { late: [], soon: [], later: [], paid: [] }
  const seen = new Set<string>()
  for (const item of items) {
    if (!item.due_date || !/^\d{4}-\d{2}-\d{2}$/.test(item.due_date)) continue
    const days = Math.round((at(item.due_date) - at(day)) / 86_400_000)
    // The same bill photographed twice is paid once.
    const same = item.merchant && item.total ? [item.merchant.toLowerCase(), item.due_date, item.total.amount, item.total.currency, item.paid].join('|') : item.document_id
    if (days < -OLD || seen.has(same)) continue
    seen.add(same)
    of[item.paid ? 'paid' : days < 0 ? 'late' : days <= SOON ? 'soon' : 'later'].push({ item, days })
  }
  for (const list of [of.late, of.soon, of.later]) list.sort((a, b) => a.days - b.days)
  of.paid.sort((a, b) => b.days - a.days)
  return of
}
// Those that want something now.
export const wanting = (bills: Bills): Bill[] => [...bills.late, ...bills.soon]
