// The documents seen so far, newest first, and how they change: one question at a time to one address,
// however many are being read (a browser allows six connections, and the upload needs one).
import { ApiError, api } from '../api/client'
import type { Document, Job } from '../api/types'
import { backoff, sleep } from './backoff'
import { isFinal } from './follow'

const isOpen = (d: Document) => d.status === 'queued' || d.status === 'processing'
const PAGE = 50

export class Library {
  items = $state.raw<Document[]>([])
  jobs = $state.raw<ReadonlyMap<string, Job>>(new Map()) // of what is being read
  loaded = $state(false)
  more = $state<string | null>(null)
  busy = $state(false)
  failure = $state.raw<ApiError | null>(null)
  asked = '' // the search and the filters, as a query
  #round = 0 // answers to an earlier question are not wanted any more
  #watching = false

  // Looks for something else, or for the same again after `forget`.
  look(query: string) {
    if (query === this.asked && (this.loaded || this.busy)) return
    this.asked = query
    this.#restart()
    void this.next()
  }
  forget() { this.#restart(); this.items = [] }
  #restart() {
    this.#round++
    this.loaded = false
    this.more = null
    this.busy = false
    this.failure = null
  }

  async next() {
    if (this.busy || (this.loaded && !this.more)) return
    const round = this.#round
    this.busy = true
    try {
      const page = await api.documents(this.#query(this.more))
      if (round !== this.#round) return
      this.items = this.loaded ? merge(this.items, page.items) : page.items
      this.more = page.next_cursor
      this.loaded = true
      this.failure = null
    } catch (error) {
      if (round === this.#round) this.failure = error instanceof ApiError ? error : new ApiError('internal', 0)
    } finally {
      if (round === this.#round) this.busy = false
    }
  }
  #query(cursor: string | null) {
    const query = new URLSearchParams(this.asked)
    query.set('limit', String(PAGE))
    if (cursor) query.set('cursor', cursor)
    return query
  }
  // The newest page again: what has come, and how the open ones stand.
  async refresh() {
    const round = this.#round
    const page = await api.documents(this.#query(null))
    if (round !== this.#round) return
    const seen = new Set(page.items.map((d) => d.id))
    // What was on this page and is not any more has been deleted, here or elsewhere.
    const last = page.items[page.items.length - 1]
    const kept = this.items.filter((d) => seen.has(d.id) || (page.next_cursor !== null && last && d.id < last.id))
    this.items = merge(kept, page.items)
    if (!this.loaded) { this.more = page.next_cursor; this.loaded = true }
    for (const old of kept.filter((d) => isOpen(d) && !seen.has(d.id))) {
      const now = await api.document(old.id)
      if (round === this.#round) this.items = merge(this.items, [now])
    }
    this.failure = null
  }
  put(fresh: Document) { if (this.items.some((d) => d.id === fresh.id)) this.items = merge(this.items, [fresh]) }
  drop(ids: ReadonlySet<string>) { this.items = this.items.filter((d) => !ids.has(d.id)) }

  // While something is being read: waits at the oldest of it, and looks at all when that moved.
  async watch(signal: AbortSignal) {
    if (this.#watching) return
    this.#watching = true
    try {
      for (let failures = 0, etag: string | null = null, at = ''; !signal.aborted; ) {
        const open = this.items.filter(isOpen).at(-1)
        if (document.hidden || !this.loaded || !open) { this.jobs = this.jobs.size ? new Map() : this.jobs; await sleep(300, signal); continue }
        try {
          if (at !== open.job_id) { etag = null; at = open.job_id }
          const started = Date.now()
          const answer = await api.job(open.job_id, etag ? 20 : 0, etag, signal)
          failures = 0
          etag = answer.etag
          if (answer.status === 304) { if (Date.now() - started < 200) await sleep(500, signal); continue }
          const jobs = this.items.filter(isOpen).length > 1 ? (await api.jobs(signal)).items : [answer.body]
          this.jobs = new Map(jobs.filter((j) => !isFinal(j)).map((j) => [j.id, j]))
          const final = new Set(jobs.filter(isFinal).map((j) => j.id))
          if (isFinal(answer.body)) final.add(at)
          if (this.items.some((d) => isOpen(d) && final.has(d.job_id))) await this.refresh()
          await sleep(60, signal) // many pages turned at once are one look
        } catch { await sleep(backoff(failures++), signal) }
      }
    } finally { this.#watching = false }
  }
}

// Ids are UUIDv7: their order is that of their making.
const merge = (have: Document[], fresh: Document[]): Document[] => {
  const all = new Map(have.map((d) => [d.id, d]))
  for (const d of fresh) all.set(d.id, d)
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
}

export const library = new Library()

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
