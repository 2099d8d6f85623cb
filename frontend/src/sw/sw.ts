// The service worker: the app's shell without a network, files shared from other apps, and photos
// that are still on the device when the app is closed. Papers are never kept in its cache.
import { enqueue } from '../lib/store'
import { sendAll } from './send-all'

declare const __SHELL__: string[]
declare const __VERSION__: string
interface Extendable extends Event { waitUntil(p: Promise<unknown>): void }
interface Fetching extends Extendable { request: Request; respondWith(r: Promise<Response>): void }
interface Syncing extends Extendable { tag: string }
const worker = self as unknown as {
  addEventListener(name: 'install' | 'activate', f: (e: Extendable) => void): void
  addEventListener(name: 'fetch', f: (e: Fetching) => void): void
  addEventListener(name: 'sync', f: (e: Syncing) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
}
const CACHE = `shell-${__VERSION__}`

worker.addEventListener('install', (e) => {
  e.waitUntil(caches.open(CACHE).then((c) => c.addAll(__SHELL__)).then(() => worker.skipWaiting()))
})
worker.addEventListener('activate', (e) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name)
    await worker.clients.claim()
  }
  e.waitUntil(clean())
})

const fromShell = async (path: string) => (await caches.open(CACHE)).match(path)

// The network's page when it comes in time, else the one we keep: a dead spot must not mean a white page.
const page = async (request: Request): Promise<Response> => {
  const kept = await fromShell('/index.html')
  if (!kept) return fetch(request)
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept.clone()), 2000))
  return Promise.race([fetch(request).then((r) => (r.ok ? r : kept), () => kept), late])
}

// A form on any page of the web can be sent here as another app's share is, and we cannot tell them apart: what comes
// is kept on the device and shown, and goes nowhere until the person says so.
const share = async (request: Request): Promise<Response> => {
  const form = await request.formData()
  for (const file of form.getAll('file')) if (file instanceof File && file.size > 0) await enqueue(file, file.name || 'shared', 'shared')
  return Response.redirect('/app', 303)
}

worker.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (url.origin !== location.origin) return
  if (e.request.method === 'POST' && url.pathname === '/app/share') return e.respondWith(share(e.request))
  if (e.request.method !== 'GET') return
  if (e.request.mode === 'navigate') {
    if (url.pathname === '/' || url.pathname === '/app' || url.pathname.startsWith('/app/')) e.respondWith(page(e.request))
    return
  }
  if (__SHELL__.includes(url.pathname)) e.respondWith(fromShell(url.pathname).then((r) => r ?? fetch(e.request)))
})

// One sender at a time on this device, page or worker: both take the same lock.
worker.addEventListener('sync', (e) => { if (e.tag === 'docket.upload') e.waitUntil(navigator.locks.request('docket.upload', sendAll)) })
