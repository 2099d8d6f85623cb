// A field as it is shown: by its type and the reader's language.
import type { Field } from '../api/types'
import { i18n } from '../i18n/index.svelte'
import { day, money } from './format'
import { isMoney } from './values'

export const shownOf = (name: string, f: Pick<Field, 'type' | 'value' | 'normalized'>, locale: string): string => {
  if (isMoney(f.normalized)) return money(f.normalized, locale)
  if (typeof f.normalized === 'string') {
    if (/^\d{4}-\d{2}-\d{2}$/.test(f.normalized)) return day(f.normalized, locale)
    const period = /^(\d{4}-\d{2}-\d{2})\/(\d{4}-\d{2}-\d{2})$/.exec(f.normalized)
    if (period) return `${day(period[1]!, locale)} – ${day(period[2]!, locale)}`
    if (name === 'category') return i18n.m.result.categories[f.normalized] ?? f.normalized
    if (name === 'payment_method') return i18n.m.result.paidBy[f.normalized] ?? f.value
    if (f.type === 'time' || f.type === 'code') return f.normalized
  }
  return f.value
}
