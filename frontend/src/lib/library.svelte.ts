// The documents seen so far, newest first, and how they change: one question at a time to one address,
// however many are being read (a browser allows six connections, and the upload needs one).
import { ApiError, api } from '../api/client'
import type { Document, Job } from '../api/types'
import { backoff, sleep } from './backoff'
import { firstPage } from './early'
import { isFinal } from './follow'
import { forgets } from './forget'
import { plainAmount, written } from './values'

const isOpen = (d: Document) => d.status === 'queued' || d.status === 'processing'
const MORE = 60 // once somebody scrolls

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

  // Looks for something else.
  look(query: string) {
    if (query === this.asked && (this.loaded || this.busy)) return
    this.asked = query
    this.#restart()
    void this.next()
  }
  forget() {
    this.#restart()
    this.items = []
    this.jobs = new Map()
    this.asked = ''
  }
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
      const page = await api.documents(this.more ? this.#further(this.more) : firstPage(this.asked))
      await new Promise((resolve) => setTimeout(resolve)) // the screen in one task and its rows in another: a finger is heard between
      if (round !== this.#round) return
      this.items = this.loaded ? this.#merge(this.items, page.items) : page.items
      this.more = page.next_cursor
      this.loaded = true
      this.failure = null
    } catch (error) {
      if (round === this.#round) this.failure = error instanceof ApiError ? error : new ApiError('internal', 0)
    } finally {
      if (round === this.#round) this.busy = false
    }
  }
  #further(cursor: string) {
    const query = new URLSearchParams(this.asked)
    query.set('limit', String(MORE))
    query.set('cursor', cursor)
    return `/documents?${query}`
  }
  // The newest page again: what has come, and how the open ones stand.
  async refresh() {
    const round = this.#round
    const page = await api.documents(firstPage(this.asked))
    if (round !== this.#round) return
    const seen = new Set(page.items.map((d) => d.id))
    // What was on this page and is not any more has been deleted, here or elsewhere.
    const last = page.items[page.items.length - 1]
    const kept = this.items.filter((d) => seen.has(d.id) || (page.next_cursor !== null && last && this.#order(last, d) < 0))
    this.items = this.#merge(kept, page.items)
    if (!this.loaded) { this.more = page.next_cursor; this.loaded = true }
    for (const old of kept.filter((d) => isOpen(d) && !seen.has(d.id))) {
      const now = await api.document(old.id)
      if (round === this.#round) this.items = this.#merge(this.items, [now])
    }
    this.failure = null
  }
  // By the paper's own date where that is asked for, else by the day it came. Ids are UUIDv7: their order is that of
  // their making.
  #order = (a: Document, b: Document): number => {
    const [x, y] = this.asked.includes('sort=date') ? [a.date ?? '', b.date ?? ''] : ['', '']
    return x === y ? (a.id < b.id ? 1 : -1) : x < y ? 1 : -1
  }
  #merge(have: Document[], fresh: Document[]): Document[] {
    const all = new Map(have.map((d) => [d.id, d]))
    for (const d of fresh) all.set(d.id, d)
    return [...all.values()].sort(this.#order)
  }
  put(fresh: Document) { if (this.items.some((d) => d.id === fresh.id)) this.items = this.#merge(this.items, [fresh]) }
  drop(ids: ReadonlySet<string>) { this.items = this.items.filter((d) => !ids.has(d.id)) }

  // While something is being read: waits at the oldest of it, and looks at all when that moved.
  async watch(signal: AbortSignal) {
    if (this.#watching) return
    this.#watching = true
    try {
      for (let failures = 0, etag: string | null = null, at = ''; !signal.aborted; ) {
        const round = this.#round
        const open = this.items.filter(isOpen).at(-1)
        if (document.hidden || !this.loaded || !open) { this.jobs = this.jobs.size ? new Map() : this.jobs; await sleep(300, signal); continue }
        try {
          if (at !== open.job_id) { etag = null; at = open.job_id }
          const started = Date.now()
          const answer = await api.job(open.job_id, etag ? 20 : 0, etag, signal)
          if (round !== this.#round) continue
          failures = 0
          etag = answer.etag
          if (answer.status === 304) { if (Date.now() - started < 200) await sleep(500, signal); continue }
          const jobs = this.items.filter(isOpen).length > 1 ? (await api.jobs(signal)).items : [answer.body]
          if (round !== this.#round) continue
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

export const library = new Library()
forgets(() => library.forget())

// What a search and its filters are as a question to the service; the address carries the same.
export interface Filters { q: string; type: string; sender: string; tag: string; status: string; from: string; to: string; min: string; max: string; trash: string; sort: string }
const names = ['q', 'type', 'sender', 'tag', 'status', 'from', 'to', 'min', 'max', 'trash', 'sort'] as const
export const filtersOf = (query: URLSearchParams): Filters => Object.fromEntries(names.map((n) => [n, n === 'min' || n === 'max' ? written(query.get(n) ?? '') : (query.get(n) ?? '')])) as unknown as Filters
export const queryOf = (f: Filters): URLSearchParams => {
  const query = new URLSearchParams()
  for (const name of names) {
    const value = f[name].trim()
    if (!value) continue
    // A half-typed amount or date is no filter yet.
    if (name === 'min' || name === 'max') { const amount = plainAmount(value); if (/^-?\d{1,12}([.]\d{1,2})?$/.test(amount)) query.set(name, amount) }
    else if ((name !== 'from' && name !== 'to') || /^\d{4}-\d{2}-\d{2}$/.test(value)) query.set(name, value)
  }
  return query
}

// For spreadsheets: quoted, and no cell that one would run as a formula; nor what it takes for one where it parts cells
// at semicolons, as with numbers that have a comma. The service's own CSV does the same (api/csv.c).
const tame = (v: string) => (/^-?[\d.]+$/.test(v) ? v : v.replace(/^(?= *[=+\-@|%\t\r\n＝＋－＠])/, "'").replaceAll(/([;\t\r\n])(?= *[=+\-@|%＝＋－＠])/g, "$1'"))
const cell = (v: string) => `"${tame(v).replaceAll('"', '""')}"`
export const csvOf = (documents: Document[]): string =>
  '\ufeff' + [['id', 'file', 'title', 'type', 'sender', 'date', 'amount', 'currency', 'tags', 'note', 'status'],
    ...documents.map((d) => [d.id, d.file.name ?? '', d.title ?? '', d.doc_type ?? '', d.merchant ?? '', d.date ?? '', d.total?.amount ?? '', d.total?.currency ?? '', d.tags.join(', '), d.note ?? '', d.status])]
    .map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
