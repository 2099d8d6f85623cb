// Dates, money and sizes as people of a language write them.
import type { Money } from '../api/types'

const tag = (locale: string) => (locale === 'ru' ? 'ru-RU' : 'en-GB')

// A document's date is a day in a calendar, not a moment: no time zone may move it.
export const day = (iso: string, locale: string): string => {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso)
  if (!m) return iso
  const date = new Date(Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3])))
  return new Intl.DateTimeFormat(tag(locale), { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(date)
}

export const moment = (iso: string, locale: string): string =>
  new Intl.DateTimeFormat(tag(locale), { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(iso))

// The decimal string is split and grouped as text: money never becomes a float.
export const money = (m: Pick<Money, 'amount' | 'currency'>, locale: string): string => {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(m.amount) ?? []
  if (!/^-?\d/.test(m.amount)) return m.amount
  const parts = new Intl.NumberFormat(tag(locale)).formatToParts(1234567.5)
  const group = parts.find((p) => p.type === 'group')?.value ?? ' '
  const point = parts.find((p) => p.type === 'decimal')?.value ?? '.'
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, group)
  const number = `${sign ? '−' : ''}${grouped}${fraction ? point + fraction : ''}`
  return m.currency ? `${number} ${m.currency}` : number
}

export const bytes = (n: number, locale: string): string => {
  const units = locale === 'ru' ? ['Б', 'КБ', 'МБ', 'ГБ'] : ['B', 'kB', 'MB', 'GB']
  let unit = 0
  let value = n
  while (value >= 1000 && unit < 3) { value /= 1000; unit++ }
  return `${new Intl.NumberFormat(tag(locale), { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${units[unit]}`
}

export const percent = (x: number, locale: string): string =>
  new Intl.NumberFormat(tag(locale), { style: 'percent', maximumFractionDigits: 0 }).format(x)
