// Who sends what from this device, when, and as whom: the page, and the service worker after it was closed.
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../src/api/client'
import { reloadWhenNewer } from '../src/lib/newer'
import type { Queued } from '../src/lib/store'
import { drop, dueIn, enqueue, put, queue, setOwner } from '../src/lib/store'

const send = vi.hoisted(() => ({ byXhr: vi.fn(), byFetch: vi.fn() }))
vi.mock('../src/lib/send', async (original) => ({ ...(await original<object>()), sendByXhr: send.byXhr, sendByFetch: send.byFetch }))
vi.mock('../src/lib/backoff', async (original) => ({ ...(await original<object>()), backoff: () => 30 }))
import { uploads } from '../src/lib/uploads.svelte'
import { sendAll } from '../src/sw/send-all'

const busy = new ApiError('busy', 503, '', true)
const offline = new ApiError('offline', 0, '', true)
let cookie: string | null // whose the browser's cookie is
beforeEach(async () => {
  for (const who of ['ann', 'bob']) { await setOwner(who); for (const r of await queue()) await drop(r.key) }
  await setOwner('ann')
  cookie = 'ann'
  send.byXhr.mockReset()
  send.byFetch.mockReset()
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ user: cookie ? { id: cookie } : null }), { status: 200 }))
})
afterEach(() => { uploads.forget(); vi.unstubAllGlobals() })
const add = async (...names: string[]) => { for (const name of names) await enqueue(new Blob([name]), name) }
const states = async () => Object.fromEntries((await queue()).map((r) => [r.name, r.state]))
const tried = (by: typeof send.byXhr) => by.mock.calls.map(([row]) => (row as Queued).name)

test('a photo that the service cannot take holds up no other, is tried again, and is not lost', async () => {
  await add('bad', 'b', 'c')
  let bad = true
  send.byXhr.mockImplementation(async (row: Queued) => { if (row.name === 'bad' && bad) throw busy; return { id: row.name } })
  await uploads.start()
  await vi.waitFor(async () => expect(await states()).toMatchObject({ b: 'sent', c: 'sent', bad: 'waiting' }))
  const held = (await queue()).find((r) => r.name === 'bad')!
  expect([held.error, uploads.offline]).toEqual(['busy', false])
  expect(held.after).toBeGreaterThan(0)
  bad = false
  await vi.waitFor(async () => expect(await states()).toMatchObject({ bad: 'sent' }))
  expect(tried(send.byXhr)[0]).toBe('bad')
  expect(new Set(send.byXhr.mock.calls.map(([row]) => (row as Queued).key)).size).toBe(3) // each by its own key, however often
})
test('without a network they all wait, in their order', async () => {
  await add('a', 'b')
  let down = true
  send.byXhr.mockImplementation(async (row: Queued) => { if (down) throw offline; return { id: row.name } })
  await uploads.start()
  await vi.waitFor(() => expect(uploads.offline).toBe(true))
  expect(new Set(tried(send.byXhr))).toEqual(new Set(['a']))
  down = false
  await vi.waitFor(async () => expect(await states()).toEqual({ a: 'sent', b: 'sent' }))
  expect(uploads.offline).toBe(false)
})
test('a photo waits as long as it must, and not for days when a clock was put back', () => {
  expect(dueIn({} as Queued)).toBe(0)
  expect(dueIn({ after: 5000 } as Queued, 2000)).toBe(3000)
  expect(dueIn({ after: 5000 } as Queued, 9000)).toBe(0)
  expect(dueIn({ after: 86_400_000 } as Queued, 0)).toBe(0)
})

test('what was shared is sent by nobody before the person lets it go, and is gone when it is thrown away', async () => {
  await enqueue(new Blob(['a']), 'a', 'shared')
  send.byXhr.mockImplementation(async (row: Queued) => ({ id: row.name }))
  await uploads.start()
  await sendAll()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect([send.byXhr.mock.calls, send.byFetch.mock.calls]).toEqual([[], []])
  await uploads.letGo()
  await vi.waitFor(async () => expect(await states()).toEqual({ a: 'sent' }))
  await enqueue(new Blob(['b']), 'b', 'shared')
  await uploads.throwAway()
  expect(await states()).toEqual({ a: 'sent' })
})
test.each([['page', 'byXhr', () => uploads.start()], ['worker', 'byFetch', () => sendAll()]] as const)('the %s sends nothing more of somebody once another has come', async (_, by, go) => {
  await add('a', 'b', 'c')
  send[by].mockImplementation(async (row: Queued) => { await setOwner('bob'); cookie = 'bob'; return { id: row.name } })
  await go()
  await vi.waitFor(() => expect(send[by]).toHaveBeenCalledTimes(1))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(tried(send[by])).toEqual(['a'])
  await setOwner('ann')
  expect(await states()).toEqual({ a: 'sent', b: 'waiting', c: 'waiting' })
})
test.each([['page', 'byXhr', () => uploads.start()], ['worker', 'byFetch', () => sendAll()]] as const)('a photo that the service refuses to the %s because another has come waits for its owner', async (_, by, go) => {
  await add('a', 'b')
  send[by].mockRejectedValue(new ApiError('other_user', 409))
  await go()
  await vi.waitFor(() => expect(send[by]).toHaveBeenCalledTimes(1))
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(tried(send[by])).toEqual(['a'])
  expect((send[by].mock.calls[0]![0] as Queued).owner).toBe('ann')
  await setOwner('ann')
  expect(await states()).toEqual({ a: 'waiting', b: 'waiting' })
})
test.each([['another', 'bob'], ['nobody', null]])('the worker sends nothing when the cookie is of %s', async (_, whose) => {
  await add('a')
  cookie = whose
  await sendAll()
  expect(send.byFetch).not.toHaveBeenCalled()
  expect(await states()).toEqual({ a: 'waiting' })
})
test('the worker sends what it can and asks to be called again for the rest', async () => {
  await add('bad', 'b')
  send.byFetch.mockImplementation(async (row: Queued) => { if (row.name === 'bad') throw busy; return { id: row.name } })
  await expect(sendAll()).rejects.toBe(busy)
  expect(await states()).toEqual({ bad: 'waiting', b: 'sent' })
})
test('what was refused for good stays to be seen, as its owner’s', async () => {
  await setOwner(null)
  await add('a')
  await setOwner('ann')
  send.byFetch.mockRejectedValue(new ApiError('file_too_large', 413))
  await sendAll()
  const [row] = await queue()
  expect([row!.state, row!.error, row!.owner]).toEqual(['refused', 'file_too_large', 'ann'])
  await put({ ...row!, state: 'sent' })
})

test('a newer version is fetched when there is a network to fetch it by', () => {
  const reload = vi.fn()
  const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  reloadWhenNewer(reload)
  dispatchEvent(new Event('vite:preloadError'))
  expect(reload).not.toHaveBeenCalled()
  dispatchEvent(new Event('online'))
  expect(reload).toHaveBeenCalledTimes(1)
  online.mockReturnValue(true)
  dispatchEvent(new Event('vite:preloadError'))
  expect(reload).toHaveBeenCalledTimes(2)
})
