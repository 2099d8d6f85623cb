// The upload queue as the screen sees it: rows of the store, how far each is, and who sends them.
import { ApiError, heard } from '../api/client'
import { backoff, sleep } from './backoff'
import { forgets } from './forget'
import { holdsAll, mayRetry, notTheirs, sendByXhr } from './send'
import { type Queued, drop, dueIn, enqueue, owner, put, queue } from './store'

class Uploads {
  rows = $state.raw<Queued[]>([])
  sent = $state<Record<string, number>>({}) // bytes, by key
  offline = $state(false)
  arrived = $state(0) // grows when the service has taken one: the library looks again
  #started = false
  #round = 0 // whose rows are shown: a look that began before the person changed is not wanted any more
  #running = false
  #wake: AbortController | null = null

  async start() {
    await this.refresh()
    this.kick()
    if (this.#started) return
    this.#started = true
    addEventListener('online', () => this.kick())
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.kick() })
  }
  async refresh() {
    const round = this.#round
    const rows = await queue()
    if (round === this.#round) this.rows = rows
  }
  forget() {
    this.#round++
    this.rows = []
    this.sent = {}
    this.offline = false
    this.arrived = 0
  }

  // Resolves when the photos are safe on this device; sending goes on by itself.
  async add(files: { blob: Blob; name: string }[]) {
    for (const { blob, name } of files) await enqueue(blob, name)
    // Asks the browser not to clear our store when the device runs full.
    void navigator.storage?.persist?.().catch(() => undefined)
    await this.refresh()
    this.kick()
  }
  // What was shared into the app from elsewhere: the person lets it go up, or throws it away.
  async letGo() {
    for (const row of await queue()) if (row.state === 'shared') await put({ ...row, state: 'waiting' })
    await this.refresh()
    this.kick()
  }
  async throwAway() {
    for (const row of await queue()) if (row.state === 'shared') await drop(row.key)
    await this.refresh()
  }
  async remove(key: string) { await drop(key); await this.refresh() }
  async again(row: Queued) { await put({ ...row, state: 'waiting', error: null, detail: '', attempts: 0, after: 0 }); await this.refresh(); this.kick() }
  async clearSent() {
    for (const row of this.rows) if (row.state === 'sent') await drop(row.key)
    await this.refresh()
  }

  kick() {
    this.#wake?.abort()
    if (!this.#running) void this.#send()
  }

  // In the order in which they came, but for those that the service could not take: these are tried again by
  // themselves, and hold up no other.
  async #send() {
    this.#running = true
    try {
      for (let failures = 0; ; ) {
        const me = await owner()
        const waiting = (await queue()).filter((r) => r.state === 'waiting')
        if (!me || !waiting.length) break
        const next = waiting.find((r) => dueIn(r) === 0)
        if (!next) {
          await this.#rest(Math.min(...waiting.map((r) => dueIn(r))))
          continue
        }
        const outcome = await this.#locked(() => this.#one(next.key, me))
        await this.refresh()
        if (outcome === 'nobody') break // login starts us again
        this.offline = outcome === 'held'
        if (outcome === 'settled') { failures = 0; continue }
        void this.#askWorker()
        if (outcome === 'held') await this.#rest(backoff(++failures))
      }
    } finally {
      this.#running = false
    }
  }
  #rest(ms: number) {
    this.#wake = new AbortController()
    return sleep(ms, this.#wake.signal)
  }
  #locked<T>(act: () => Promise<T>): Promise<T> {
    return navigator.locks ? (navigator.locks.request('docket.upload', act) as Promise<T>) : act()
  }
  // settled: gone up, or refused for good; later: this one is to be tried again; held: all of them are.
  async #one(key: string, me: string): Promise<'settled' | 'later' | 'held' | 'nobody'> {
    // While we waited for the lock another tab, or the worker, may have sent it, and another person may have come.
    if ((await owner()) !== me) return 'settled'
    const found = (await queue()).find((r) => r.key === key)
    if (found?.state !== 'waiting') return 'settled'
    const row: Queued = { ...found, owner: me }
    try {
      const job = await sendByXhr(row, (sent) => { this.sent = { ...this.sent, [key]: sent } })
      // Acknowledged: the service has it on its disk, so ours may go.
      await put({ ...row, state: 'sent', jobId: job.id, error: null, blob: new Blob([]) })
      this.arrived++
      return 'settled'
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError('internal', 0)
      this.sent = { ...this.sent, [key]: 0 }
      if (notTheirs(problem)) { heard(problem); return 'nobody' }
      if (!mayRetry(problem)) {
        await put({ ...row, state: 'refused', error: problem.code, detail: problem.detail })
        return 'settled'
      }
      const attempts = row.attempts + 1
      if (holdsAll(problem)) {
        await put({ ...row, attempts, error: problem.code })
        return 'held'
      }
      await put({ ...row, attempts, error: problem.code, after: Date.now() + Math.max(backoff(attempts), (problem.retryAfter ?? 0) * 1000) })
      return 'later'
    }
  }
  // Where the browser can, it goes on after the app is closed.
  async #askWorker() {
    const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined)
    const sync = (registration as unknown as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync
    await sync?.register('docket.upload').catch(() => undefined)
  }
}
export const uploads = new Uploads()
forgets(() => uploads.forget())
