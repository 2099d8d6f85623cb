// Values as a person types or taps them, and as the API takes them.
import type { Field, Money } from '../api/types'
import { i18n } from '../i18n/index.svelte'

export type ValueType = 'text' | 'date' | 'time' | 'money' | 'code' | 'number'

// Every field there is, in the order in which people look for them (result/include/fields.tbl.h).
export const fieldTypes: Record<string, ValueType> = {
  merchant_name: 'text', date: 'date', time: 'time', total: 'money', currency: 'code', due_date: 'date', period: 'text', category: 'code', document_number: 'code', subtotal: 'money', tax: 'money',
  paid: 'money', change: 'money', payment_method: 'code', card_last4: 'code', merchant_address: 'text', merchant_phone: 'code', merchant_tax_id: 'code',
  merchant_kpp: 'code', merchant_vat_id: 'code', recipient: 'text', iban: 'code', bic: 'code', account: 'code',
}
const order = Object.keys(fieldTypes)
export const rank = (name: string) => { const i = order.indexOf(name); return i < 0 ? order.length : i }
export const typeOf = (name: string, field?: Pick<Field, 'type'>): ValueType =>
  fieldTypes[name] ?? (field && ['date', 'time', 'money', 'code', 'number'].includes(field.type) ? (field.type as ValueType) : 'text')

export const isMoney = (v: unknown): v is Money => typeof v === 'object' && v !== null && 'amount' in v

// A number in a field stands as the language writes it; what is typed is taken with either point.
export const written = (number: string) => (i18n.locale === 'ru' ? number.replace('.', ',') : number)

export interface Draft { text: string; currency: string }
export const draftOf = (type: ValueType, field: Pick<Field, 'value' | 'normalized'> | undefined, currency = ''): Draft => {
  if (!field) return { text: '', currency }
  const n = field.normalized
  if (type === 'money') return isMoney(n) ? { text: written(n.amount), currency: n.currency ?? '' } : { text: written(amountOf(field.value)?.amount ?? field.value), currency }
  if (type === 'date') return { text: typeof n === 'string' ? n : dateOf(field.value) ?? '', currency: '' }
  if (type === 'number') return { text: typeof n === 'number' ? written(String(n)) : field.value, currency: '' }
  return { text: typeof n === 'string' && type !== 'text' ? n : field.value, currency: '' }
}

export const isChanged = (draft: Draft, before: Draft): boolean => draft.text.trim() !== before.text.trim() || draft.currency !== before.currency

export type Fault = 'badEmpty' | 'badDate' | 'badTime' | 'badMoney' | 'badCurrency' | 'badNumber'
export const faultOf = (type: ValueType, { text, currency }: Draft): Fault | null => {
  const s = text.trim()
  if (!s) return 'badEmpty'
  if (type === 'date') return isDate(s) ? null : 'badDate'
  if (type === 'time') return /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(s) ? null : 'badTime'
  if (type === 'number') return /^-?\d{1,9}([.,]\d{1,6})?$/.test(s) ? null : 'badNumber'
  if (type !== 'money') return null
  if (!/^-?\d{1,15}([.]\d{1,2})?$/.test(plainAmount(s))) return 'badMoney'
  return currency === '' || /^[A-Z]{3}$/.test(currency) ? null : 'badCurrency'
}
export type Wire = string | number | { amount: string; currency: string | null }
export const wireOf = (type: ValueType, draft: Draft): Wire => {
  const s = draft.text.trim()
  if (type === 'money') return { amount: plainAmount(s), currency: draft.currency || null }
  if (type === 'number') return Number(s.replace(',', '.'))
  return s
}

const isDate = (s: string) => {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(s)
  if (!m) return false
  const d = new Date(`${s}T00:00:00Z`)
  return !Number.isNaN(d.getTime()) && d.toISOString().slice(0, 10) === s && Number(m[1]) >= 1800 && Number(m[1]) <= 2200
}

// "1 234,50" and "1,234.50" and "1234.5": the last of , and . is the decimal point if one or two digits follow.
export const plainAmount = (s: string): string => {
  const t = s.trim().replace(/[\u2212\u2013]/g, '-').replace(/[\s\u00a0\u202f']/g, '')
  const m = /^(-?)(.*?)(?:[.,](\d{1,2}))?$/.exec(t)
  if (!m) return t
  const whole = /^\d{1,3}([.,]\d{3})+$/.test(m[2]!) ? m[2]!.replace(/[.,]/g, '') : m[2]!
  return `${m[1]}${whole}${m[3] === undefined ? '' : `.${m[3]}`}`
}
const signs: Record<string, string> = { '€': 'EUR', '$': 'USD', '£': 'GBP', '₽': 'RUB', 'руб': 'RUB', 'rm': 'MYR', '¥': 'JPY', '₸': 'KZT', '₴': 'UAH' }
export const amountOf = (print: string): { amount: string; currency: string } | null => {
  const m = /-?\d[\d\s\u00a0\u202f'.,]*\d|-?\d/.exec(print.replace(/[\u2212\u2013]/g, '-'))
  if (!m) return null
  const amount = plainAmount(m[0])
  if (!/^-?\d{1,15}([.]\d{1,2})?$/.test(amount)) return null
  const low = print.toLowerCase()
  const sign = Object.keys(signs).find((s) => low.includes(s))
  return { amount, currency: sign ? signs[sign]! : /\b([A-Z]{3})\b/.exec(print)?.[1] ?? '' }
}

const months = ['jan|янв', 'feb|фев', 'mar|мар', 'apr|апр', 'may|ма[йя]', 'jun|июн', 'jul|июл', 'aug|авг', 'sep|сен', 'oct|окт', 'nov|ноя', 'dec|дек'].map((m) => new RegExp(`^(${m})`))
const iso = (y: number, m: number, d: number): string | null => {
  const s = `${y < 100 ? 2000 + y : y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`
  return isDate(s) ? s : null
}
// The day comes first unless that cannot be: the order of most of the world.
export const dateOf = (print: string): string | null => {
  const s = print.toLowerCase()
  let m = /(\d{4})[-./](\d{1,2})[-./](\d{1,2})/.exec(s)
  if (m) return iso(+m[1]!, +m[2]!, +m[3]!)
  m = /(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{2})(?!\d)/.exec(s)
  if (m) return iso(+m[3]!, +m[2]!, +m[1]!) ?? iso(+m[3]!, +m[1]!, +m[2]!)
  m = /(\d{1,2})[^a-zа-яё\d]*([a-zа-яё]{3,})[^a-zа-яё\d]*(\d{4}|\d{2})(?!\d)/.exec(s)
  const month = m ? months.findIndex((r) => r.test(m![2]!)) : -1
  return m && month >= 0 ? iso(+m[3]!, month + 1, +m[1]!) : null
}
export const timeOf = (print: string): string | null => {
  const m = /\b([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?\b/.exec(print)
  return m ? `${m[1]!.padStart(2, '0')}:${m[2]}${m[3] ? `:${m[3]}` : ''}` : null
}

// What a tapped word becomes in the field: the whole value if it can be one, else another word of it.
export const tapped = (type: ValueType, before: Draft, word: string, first: boolean): Draft => {
  if (type === 'money') {
    const a = amountOf(word)
    return a ? { text: written(a.amount), currency: a.currency || before.currency } : before
  }
  if (type === 'number') { const a = amountOf(word); return a ? { ...before, text: written(a.amount) } : before }
  if (type === 'date') return { ...before, text: dateOf(word) ?? before.text }
  if (type === 'time') return { ...before, text: timeOf(word) ?? before.text }
  return { ...before, text: first || !before.text ? word : `${before.text} ${word}` }
}

// Money as whole hundredths, so that sums are exact; null for what is no amount.
export const hundredths = (amount: string): bigint | null => {
  const m = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/.exec(plainAmount(amount))
  if (!m) return null
  const v = BigInt(m[2]!) * 100n + BigInt((m[3] ?? '').padEnd(2, '0') || '0')
  return m[1] ? -v : v
}
export const ofHundredths = (v: bigint): string => {
  const a = v < 0n ? -v : v
  return `${v < 0n ? '-' : ''}${a / 100n}.${String(a % 100n).padStart(2, '0')}`
}
