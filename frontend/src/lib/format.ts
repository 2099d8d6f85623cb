// Dates, money and sizes as people of a language write them.
import type { Money } from '../api/types'

const tag = (locale: string) => (locale === 'ru' ? 'ru-RU' : 'en-GB')

const days: Record<string, Intl.DateTimeFormat> = {} // making one costs more than a list of a thousand can bear

// The «г.» of a Russian year does not stand alone on a line.
const whole = (date: string) => date.replace(' г.', '\u00a0г.')

// A document's date is a day in a calendar, not a moment: no time zone may move it.
export const day = (iso: string, locale: string, month: 'long' | 'short' = 'long'): string => {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso)
  if (!m) return iso
  const date = new Date(Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3])))
  const kind = `${locale} ${month}`
  days[kind] ??= new Intl.DateTimeFormat(tag(locale), { day: 'numeric', month, year: 'numeric', timeZone: 'UTC' })
  const words = days[kind].format(date)
  return month === 'short' ? words.replace(' г.', '') : whole(words)
}

// Which day it was, here, at a moment.
export const dayOf = (moment: string | Date): string => {
  const then = new Date(moment)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
}

// The year is said when it is not this one.
export const moment = (iso: string, locale: string, now = new Date()): string => {
  const then = new Date(iso)
  const year = then.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  const kind = `${locale} ${year}`
  days[kind] ??= new Intl.DateTimeFormat(tag(locale), { day: 'numeric', month: 'short', year, hour: '2-digit', minute: '2-digit' })
  return whole(days[kind].format(then))
}

// "tomorrow", "in 3 days", "2 days ago".
const aways: Record<string, Intl.RelativeTimeFormat> = {}
export const away = (n: number, locale: string): string => (aways[locale] ??= new Intl.RelativeTimeFormat(tag(locale), { numeric: 'auto' })).format(n, 'day')

const months: Record<string, Intl.DateTimeFormat> = {}
export const month = (iso: string, locale: string): string => {
  months[locale] ??= new Intl.DateTimeFormat(tag(locale), { month: 'long', year: 'numeric' })
  const s = months[locale].format(new Date(iso)).replace(/ г\.$/, '')
  return s.charAt(0).toUpperCase() + s.slice(1)
}

// Under which heading of the list a moment belongs: today, yesterday, or its month.
export const since = (iso: string, locale: string, words: { today: string; yesterday: string }, now = new Date()): string => {
  const then = new Date(iso)
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  if (then.getTime() >= midnight) return words.today
  return then.getTime() >= midnight - 86_400_000 ? words.yesterday : month(iso, locale)
}

// Where one sign means one currency everywhere; the others keep their three letters.
const symbols: Record<string, string> = { EUR: '€', GBP: '£', RUB: '₽' }
const signs: Record<string, { group: string; point: string }> = {}
const marks = (locale: string) => (signs[locale] ??= (() => {
  const parts = new Intl.NumberFormat(tag(locale)).formatToParts(1234567.5)
  const of = (type: string, otherwise: string) => parts.find((p) => p.type === type)?.value ?? otherwise
  return { group: of('group', ' '), point: of('decimal', '.') }
})())

// The decimal string is split and grouped as text: money never becomes a float.
export const money = (m: Pick<Money, 'amount' | 'currency'>, locale: string): string => {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(m.amount) ?? []
  if (!/^-?\d/.test(m.amount)) return m.amount
  const { group, point } = marks(locale)
  const minus = sign ? '−' : ''
  const number = `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, group)}${fraction ? point + fraction : ''}`
  const symbol = m.currency ? symbols[m.currency] : undefined
  if (symbol && locale === 'en') return `${minus}${symbol}${number}`
  return m.currency ? `${minus}${number}\u00a0${symbol ?? m.currency}` : minus + number
}

export const bytes = (n: number, locale: string): string => {
  const units = locale === 'ru' ? ['Б', 'КБ', 'МБ', 'ГБ'] : ['B', 'kB', 'MB', 'GB']
  let unit = 0
  let value = n
  while (value >= 1000 && unit < 3) { value /= 1000; unit++ }
  return `${new Intl.NumberFormat(tag(locale), { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${units[unit]}`
}

const counts: Record<string, Intl.NumberFormat> = {}
export const number = (n: number, locale: string): string => (counts[locale] ??= new Intl.NumberFormat(tag(locale))).format(n)

// As exact as an objective is: 99.5 is not 100.
export const share = (x: number, locale: string): string =>
  new Intl.NumberFormat(tag(locale), { style: 'percent', maximumFractionDigits: 1 }).format(x)
export const percent = (x: number, locale: string): string =>
  new Intl.NumberFormat(tag(locale), { style: 'percent', maximumFractionDigits: 0 }).format(x)
