// The documents seen so far, newest first, and how they change: one question at a time to one address,
// however many are being read (a browser allows six connections, and the upload needs one).
import { ApiError, api } from '../api/client'
import type { Document } from '../api/types'
import { backoff, sleep } from './backoff'

const isOpen = (d: Document) => d.status === 'queued' || d.status === 'processing'

export class Library {
  items = $state.raw<Document[]>([])
  loaded = $state(false)
  more = $state<string | null>(null)
  busy = $state(false)
  failure = $state.raw<ApiError | null>(null)
  #gone = new AbortController()

  async next() {
    if (this.busy || (this.loaded && !this.more)) return
    this.busy = true
    try {
      const query = new URLSearchParams({ limit: '50', ...(this.more ? { cursor: this.more } : {}) })
      const page = await api.documents(query, this.#gone.signal)
      this.#merge(page.items)
      this.more = page.next_cursor
      this.loaded = true
      this.failure = null
    } catch (error) {
      if (!this.#gone.signal.aborted) this.failure = error instanceof ApiError ? error : new ApiError('internal', 0)
    } finally {
      this.busy = false
    }
  }
  // The newest page again: what has come, and how the open ones stand.
  async refresh() {
    const page = await api.documents(new URLSearchParams({ limit: '50' }), this.#gone.signal)
    this.#merge(page.items)
    const seen = new Set(page.items.map((d) => d.id))
    for (const old of this.items.filter((d) => isOpen(d) && !seen.has(d.id))) this.#merge([await api.document(old.id)])
    this.failure = null
  }
  async watch() {
    for (let failures = 0; !this.#gone.signal.aborted; ) {
      await sleep(failures ? backoff(failures) : 800, this.#gone.signal)
      if (document.hidden || !this.loaded || !this.items.some(isOpen)) continue
      try { await this.refresh(); failures = 0 } catch { failures++ }
    }
  }
  stop() { this.#gone.abort() }
  // Ids are UUIDv7: their order is that of their making.
  #merge(fresh: Document[]) {
    const all = new Map(this.items.map((d) => [d.id, d]))
    for (const d of fresh) all.set(d.id, d)
    this.items = [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
  }
}

export interface Filters { text: string; type: string; status: string; from: string; to: string; min: string; max: string }
export const noFilters = (): Filters => ({ text: '', type: '', status: '', from: '', to: '', min: '', max: '' })

export const matches = (d: Document, f: Filters): boolean => {
  const text = f.text.trim().toLowerCase()
  if (text && ![d.merchant, d.file.name, d.date, d.total?.amount, d.doc_type].some((v) => v?.toLowerCase().includes(text))) return false
  if (f.type && d.doc_type !== f.type) return false
  if (f.status && d.status !== f.status) return false
  if (f.from && !(d.date && d.date >= f.from)) return false
  if (f.to && !(d.date && d.date <= f.to)) return false
  const amount = d.total ? Number(d.total.amount) : NaN
  if (f.min && !(amount >= Number(f.min.replace(',', '.')))) return false
  if (f.max && !(amount <= Number(f.max.replace(',', '.')))) return false
  return true
}

// For spreadsheets: quoted, and no cell that one would run as a formula.
const cell = (v: string) => `"${(/^[=+\-@\t\r]/.test(v) && !/^-?[\d.]+$/.test(v) ? `'${v}` : v).replaceAll('"', '""')}"`
export const csvOf = (documents: Document[]): string =>
  '\ufeff' + [['id', 'file', 'type', 'sender', 'date', 'amount', 'currency', 'status'],
    ...documents.map((d) => [d.id, d.file.name ?? '', d.doc_type ?? '', d.merchant ?? '', d.date ?? '', d.total?.amount ?? '', d.total?.currency ?? '', d.status])]
    .map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
