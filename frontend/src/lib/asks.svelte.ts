// What papers ask of their owner: bills to pay, values that nobody has looked at. Fetched when nothing else is to do.
import { api } from '../api/client'
import type { DigestItem } from '../api/types'
import { billsOf, today, wanting } from './bills'
import { forgets } from './forget'

class Asks {
  items = $state.raw<DigestItem[] | null>(null)
  toCheck = $derived((this.items ?? []).filter((d) => d.doubtful.length > 0))
  toPay = $derived(wanting(billsOf(this.items ?? [], today())))
  #round = 0

  async refresh() {
    const round = ++this.#round
    const { items } = await api.digest()
    if (round !== this.#round) return
    this.items = items
  }
  // What the screen knows already need not be asked for.
  checked(job: string, doubtful: string[]) { this.items = this.items?.map((d) => (d.job_id === job ? { ...d, doubtful } : d)) ?? null }
  paid(id: string, paid: boolean) { this.items = this.items?.map((d) => (d.document_id === id ? { ...d, paid } : d)) ?? null }
  // The paper to check after this one: the next older, else the newest that is left.
  after(job: string): DigestItem | undefined {
    const all = this.items ?? []
    const later = all.slice(all.findIndex((d) => d.job_id === job) + 1).find((d) => d.doubtful.length > 0)
    return later ?? this.toCheck.find((d) => d.job_id !== job)
  }
  forget() { this.#round++; this.items = null }
}
export const asks = new Asks()
forgets(() => asks.forget())
