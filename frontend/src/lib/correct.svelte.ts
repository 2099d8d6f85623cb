// A result on the screen and what a person changes in it. The service checks each change, lays it over
// what was read, and answers with the whole: what is shown is always what is kept.
import { ApiError, api } from '../api/client'
import type { Corrections, Region, Result } from '../api/types'
import { type Draft, type ValueType, type Wire, draftOf, isMoney, typeOf, wireOf } from './values'

export const itemParts = ['description', 'quantity', 'unit', 'unit_price', 'tax_rate', 'amount'] as const
export type ItemPart = (typeof itemParts)[number]
export type ItemDraft = Record<ItemPart, string> & { of?: number }
const itemTypes: Record<ItemPart, ValueType> = { description: 'text', quantity: 'number', unit: 'text', unit_price: 'money', tax_rate: 'number', amount: 'money' }
export const itemType = (part: ItemPart) => itemTypes[part]

export const partsOf = (text: (part: ItemPart) => string) => Object.fromEntries(itemParts.map((part) => [part, text(part)])) as Record<ItemPart, string>

type Item = Partial<Record<ItemPart, { value?: string; normalized?: unknown }>>
export const itemDrafts = (result: Result): ItemDraft[] =>
  (result.line_items as Item[]).map((item, i) => {
    const text = (part: ItemPart) => {
      const v = item[part]
      if (!v) return ''
      return draftOf(itemTypes[part], { value: v.value ?? '', normalized: (v.normalized ?? null) as never }).text
    }
    return { of: i + 1, ...partsOf(text) }
  })

export const itemsBody = (drafts: ItemDraft[], before: ItemDraft[], currency: string): NonNullable<Corrections['line_items']> =>
  drafts.map((d) => {
    const out: Record<string, Wire | null> = d.of === undefined ? {} : { of: d.of }
    const old = d.of === undefined ? undefined : before[d.of - 1]
    for (const part of itemParts) {
      const now = d[part].trim()
      if (now === (old?.[part] ?? '')) continue
      out[part] = now === '' ? null : wireOf(itemTypes[part], { text: now, currency })
    }
    return out as NonNullable<Corrections['line_items']>[number]
  })

export class Correcting {
  result = $state.raw<Result>(undefined as unknown as Result)
  busy = $state(false)
  stale = $state(false)
  failure = $state.raw<{ path: string; error: ApiError } | null>(null)
  #etag: string | null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(result: Result, etag: string | null) {
    this.result = result
    this.#etag = etag
  }
  corrected(path: string): boolean { return this.result.corrections?.some((c) => c.path === path) ?? false }

  // True when it is kept. `path` is where a failure belongs on the screen. One after the other: each names the version
  // that the one before it made.
  change(path: string, body: Corrections): Promise<boolean> {
    const mine = this.#turn.then(() => this.#change(path, body))
    this.#turn = mine
    return mine
  }
  async #change(path: string, body: Corrections): Promise<boolean> {
    this.busy = true
    this.failure = null
    this.stale = false
    try {
      const answer = await api.correct(this.result.job_id, this.#etag ?? '*', body)
      this.result = answer.body
      this.#etag = answer.etag
      return true
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError('internal', 0)
      if (problem.status === 412) {
        this.stale = true
        await this.reload().catch(() => undefined)
      } else this.failure = { path, error: problem }
      return false
    } finally {
      this.busy = false
    }
  }
  async reload() {
    const fresh = await api.result(this.result.job_id)
    this.result = fresh.body
    this.#etag = fresh.etag
  }

  set(name: string, draft: Draft, region: Region | null): Promise<boolean> {
    const value = wireOf(typeOf(name, this.result.fields[name]), draft)
    return this.change(name, { fields: { [name]: { value, ...(region ? { region } : {}) } } } as Corrections)
  }
  // What puts `name` back to how it stands now: taken before a change, run when it is regretted.
  wayBack(name: string): () => Promise<boolean> {
    if (name === 'line_items' || name === 'doc_type' || !this.corrected(name)) return () => this.change(name, { undo: [name] })
    const field = this.result.fields[name]
    if (!field) return () => this.change(name, { fields: { [name]: null } } as Corrections)
    const draft = draftOf(typeOf(name, field), field)
    const region = field.regions[0] ?? null
    return () => this.set(name, draft, region)
  }
  currency(): string {
    const total = this.result.fields.total?.normalized
    return (isMoney(total) && total.currency) || (typeof this.result.fields.currency?.normalized === 'string' ? this.result.fields.currency.normalized : '')
  }
}
