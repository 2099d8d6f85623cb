// The upload queue as the screen sees it: rows of the store, how far each is, and who sends them.
import { ApiError } from '../api/client'
import { backoff, sleep } from './backoff'
import { forgets } from './forget'
import { mayRetry, sendByXhr } from './send'
import { type Queued, drop, enqueue, owner, put, queue } from './store'

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
  async remove(key: string) { await drop(key); await this.refresh() }
  async again(row: Queued) { await put({ ...row, state: 'waiting', error: null, detail: '', attempts: 0 }); await this.refresh(); this.kick() }
  async clearSent() {
    for (const row of this.rows) if (row.state === 'sent') await drop(row.key)
    await this.refresh()
  }

  kick() {
    this.#wake?.abort()
    if (!this.#running) void this.#send()
  }

  async #send() {
    this.#running = true
    try {
      for (let failures = 0; ; ) {
        const me = await owner()
        const next = (await queue()).find((r) => r.state === 'waiting')
        if (!next || !me) break
        const ok = await this.#locked(() => this.#one({ ...next, owner: me }))
        await this.refresh()
        if (ok === null) break // nobody is logged in: login starts us again
        failures = ok ? 0 : failures + 1
        this.offline = !ok
        if (!ok) {
          void this.#askWorker()
          this.#wake = new AbortController()
          await sleep(backoff(failures), this.#wake.signal)
        }
      }
    } finally {
      this.#running = false
    }
  }
  #locked<T>(act: () => Promise<T>): Promise<T> {
    return navigator.locks ? (navigator.locks.request('docket.upload', act) as Promise<T>) : act()
  }
  // true: settled; false: to be tried again; null: not logged in
  async #one(row: Queued): Promise<boolean | null> {
    // Another tab, or the worker, may have sent it while we waited for the lock.
    if ((await queue()).find((r) => r.key === row.key)?.state !== 'waiting') return true
    try {
      const job = await sendByXhr(row, (sent) => { this.sent = { ...this.sent, [row.key]: sent } })
      // Acknowledged: the service has it on its disk, so ours may go.
      await put({ ...row, state: 'sent', jobId: job.id, error: null, blob: new Blob([]) })
      this.arrived++
      return true
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError('internal', 0)
      this.sent = { ...this.sent, [row.key]: 0 }
      if (problem.status === 401) return null
      if (mayRetry(problem)) {
        await put({ ...row, attempts: row.attempts + 1, error: problem.code })
        return false
      }
      await put({ ...row, state: 'refused', error: problem.code, detail: problem.detail })
      return true
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
