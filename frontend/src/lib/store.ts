// The queue of photos on this device, in IndexedDB: shared by the page and the service worker.
// A photo is on this disk, with its Idempotency-Key, before anything is sent; it leaves only when the
// service has acknowledged it or the person throws it away.
export interface Queued {
  key: string // the Idempotency-Key; also this row's id
  owner: string | null // whose; null until somebody is logged in
  name: string
  type: string
  blob: Blob
  added: number
  state: 'shared' | 'waiting' | 'sent' | 'refused' // shared: from elsewhere, and nobody here has said yet that it may go
  jobId: string | null
  error: string | null // code
  detail: string
  attempts: number
  after?: number // when it may be tried again, if the service could not take this one
}

const open = () =>
  new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('docket', 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('queue', { keyPath: 'key' })
      request.result.createObjectStore('facts')
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

let db: Promise<IDBDatabase> | null = null
const run = async <T>(store: string, mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
  db ??= open()
  const tx = (await db).transaction(store, mode, { durability: 'strict' })
  return new Promise((resolve, reject) => {
    const request = act(tx.objectStore(store))
    tx.oncomplete = () => resolve(request.result)
    tx.onabort = tx.onerror = () => reject(tx.error ?? request.error)
  })
}

// Whoever asks whose a photo is hears of the newest login, even while that is still being written.
let told: Promise<unknown> = Promise.resolve()
export const setOwner = (id: string | null) => (told = run('facts', 'readwrite', (s) => s.put(id, 'owner')).catch(() => undefined))
export const owner = async (): Promise<string | null> => {
  await told
  return (await run<string | null>('facts', 'readonly', (s) => s.get('owner'))) ?? null
}

export const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')

// Several photos chosen at once arrive in one millisecond and are still to be sent in their order.
let lastAdded = 0
const nextAdded = () => (lastAdded = Math.max(Date.now(), lastAdded + 1))

export const enqueue = async (blob: Blob, name: string, state: 'waiting' | 'shared' = 'waiting'): Promise<Queued> => {
  const row: Queued = {
    key: newKey(), owner: await owner(), name, type: blob.type, blob, added: nextAdded(),
    state, jobId: null, error: null, detail: '', attempts: 0,
  }
  await run('queue', 'readwrite', (s) => s.add(row))
  return row
}
export const put = (row: Queued) => run('queue', 'readwrite', (s) => s.put(row))
export const drop = (key: string) => run('queue', 'readwrite', (s) => s.delete(key))
// When a photo that waits may be tried next. A clock that was put back must not hold it for days.
const LONGEST_WAIT = 3_600_000
export const dueIn = (row: Queued, now = Date.now()): number => {
  const ms = (row.after ?? 0) - now
  return ms > 0 && ms <= LONGEST_WAIT ? ms : 0
}
// Mine, and nobody's: what was shared into the app before the first login becomes the next person's.
export const queue = async (): Promise<Queued[]> => {
  const me = await owner()
  const rows = await run<Queued[]>('queue', 'readonly', (s) => s.getAll())
  return rows.filter((r) => r.owner === null || r.owner === me).sort((a, b) => a.added - b.added)
}
