// Two people at one page, one after the other: nothing that the first was shown is there for the second.
import 'fake-indexeddb/auto'
import { readFileSync, readdirSync } from 'node:fs'
import { beforeEach, expect, test, vi } from 'vitest'
import { api } from '../src/api/client'
import type { Document } from '../src/api/types'
import { capture } from '../src/lib/capture.svelte'
import { asks } from '../src/lib/asks.svelte'
import { askEarly, takeEarly } from '../src/lib/early'
import { library } from '../src/lib/library.svelte'
import { router } from '../src/lib/router.svelte'
import { session } from '../src/lib/session.svelte'
import { enqueue, owner, setOwner } from '../src/lib/store'
import { toasts } from '../src/lib/toast.svelte'
import { uploads } from '../src/lib/uploads.svelte'
import { serve, speak } from './stage'

beforeEach(() => { speak('en'); vi.unstubAllGlobals() })
const person = (id: string) => ({ id, email: `${id}@example.org`, locale: 'en', role: 'user', email_verified: true, second_factor: false, second_factor_needed: false, deletion_at: null })
const paper = (id: string) => ({ id, job_id: id, status: 'done', merchant: 'Teapot & Sons', tags: [], file: { name: 'a.jpg' } }) as unknown as Document
const papers = (...ids: string[]) => ({ items: ids.map(paper), next_cursor: null })
const log = async (id: string) => { serve({ 'POST /login': [200, { user: person(id), token: null }] }); await session.login(`${id}@example.org`, 'x') }

// Everything in memory that one person has left there.
const fill = () => {
  library.items = [paper('a')]
  library.loaded = true
  library.asked = 'q=secret'
  library.jobs = new Map([['a', {} as never]])
  capture.shots = [{ blob: new Blob(['a']), name: 'a.jpg', concerns: [], width: 0, height: 0 }]
  capture.urls = ['']
  capture.asking = true
  capture.trouble = 'no room for a.jpg'
  uploads.rows = [{ name: 'a.jpg' } as never]
  uploads.sent = { a: 1 }
  uploads.arrived = 1
  toasts.say('Teapot & Sons: not on this paper.', { label: 'Undo', run: () => {} })
  router.came = true
  asks.items = [{ document_id: 'a', doubtful: ['total'] } as never]
}
const nothing = () => {
  expect([library.items, library.loaded, library.asked, library.jobs.size, library.more]).toEqual([[], false, '', 0, null])
  expect([capture.shots, capture.urls, capture.asking, capture.trouble]).toEqual([[], [], false, ''])
  expect([uploads.rows, uploads.sent, uploads.arrived]).toEqual([[], {}, 0])
  expect([toasts.now, router.came]).toEqual([null, false])
  expect([asks.items, asks.toCheck]).toEqual([null, []])
}

// What the service is told of who asks, and what becomes of a page that asks for somebody who is not there any more.
test('a page asks for its own person, and when the service says that it is another’s, becomes theirs', async () => {
  await log('ann')
  fill()
  const expected: (string | undefined)[] = []
  vi.stubGlobal('fetch', async (path: string, init: { headers: Record<string, string> }) => {
    expected.push(init.headers['Docket-Expected-User'])
    return path === '/session?quiet=true' ? new Response(JSON.stringify({ user: person('bob') })) : new Response(JSON.stringify({ code: 'other_user' }), { status: 409 })
  })
  await expect(api.deleteDocument('a')).rejects.toMatchObject({ code: 'other_user' })
  await vi.waitFor(() => expect(session.user?.id).toBe('bob'))
  nothing()
  await expect(api.deleteDocument('a')).rejects.toMatchObject({ code: 'other_user' })
  expect(expected.slice(0, 3)).toEqual(['ann', undefined, 'bob'])
})

test.each([
  ['logs out', async () => { serve({ 'POST /logout': [204, null] }); await session.logout() }],
  ['is logged out by the service', async () => { serve({ 'GET /documents?limit=24': [401, { code: 'unauthenticated' }] }); library.look(''); await vi.waitFor(() => expect(session.user).toBeNull()) }],
  ['is followed by another in another tab', async () => { serve({ 'GET /session?quiet=true': [200, { user: person('bob') }] }); dispatchEvent(new StorageEvent('storage', { key: 'docket.here', newValue: 'bob' })); await vi.waitFor(() => expect(session.user?.id).toBe('bob')) }],
])('whoever %s leaves nothing behind in memory', async (_, end) => {
  await log('ann')
  fill()
  await end()
  nothing()
})
test('whose session ends without their wish is told so at the door, and not any more when they are back', async () => {
  await log('ann')
  serve({ 'GET /documents?limit=24': [401, { code: 'unauthenticated' }] })
  library.look('')
  await vi.waitFor(() => expect(session.expired).toBe(true))
  await log('ann')
  expect(session.expired).toBe(false)
  serve({ 'POST /logout': [204, null] })
  await session.logout()
  expect(session.expired).toBe(false)
})
test('a photo shared after the end of a session is not taken for that person’s', async () => {
  await log('ann')
  expect(await owner()).toBe('ann')
  serve({ 'POST /logout': [204, null] })
  await session.logout()
  expect(await owner()).toBeNull()
})
test('an answer that comes after its person has left is not shown', async () => {
  await log('ann')
  let answer = (_: Response) => {}
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => { answer = resolve }))
  library.look('')
  await vi.waitFor(() => expect(library.busy).toBe(true))
  await Promise.resolve()
  session.ended()
  answer(new Response(JSON.stringify(papers('a')), { status: 200 }))
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(library.items).toEqual([])
})
test('neither are rows of the queue', async () => {
  await setOwner('ann')
  await enqueue(new Blob(['a']), 'a.jpg')
  await uploads.refresh()
  expect(uploads.rows).toHaveLength(1)
  const late = uploads.refresh()
  uploads.forget()
  await late
  expect(uploads.rows).toEqual([])
})

test('what was asked early is for one taker, only when it was answered, and for nobody after the end of a session', async () => {
  const answers = [200, 401, 200]
  vi.stubGlobal('fetch', vi.fn(async () => new Response('{}', { status: answers.shift()! })))
  askEarly('/documents?limit=24')
  expect((await takeEarly('/documents?limit=24'))?.status).toBe(200)
  expect(await takeEarly('/documents?limit=24')).toBeNull()
  askEarly('/documents?limit=24') // refused: the cookie was too old
  expect(await takeEarly('/documents?limit=24')).toBeNull()
  askEarly('/documents?limit=24')
  session.ended()
  expect(await takeEarly('/documents?limit=24')).toBeNull()
  vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('network') }))
  askEarly('/session')
  expect(await takeEarly('/session')).toBeNull()
})

// Whoever adds something that lives as long as the page says how it is forgotten, or here why it need not be.
const OFTHEDEVICE = ['i18n', 'prefs'] // language and look
const OFNOBODY = ['session', 'db', 'told', 'lastAdded', 'onLoggedOut', 'onAnother', 'actor', 'forgetting', 'days', 'months', 'counts', 'aways', 'symbols', 'signs', 'rules'] // who is here, the open store, ways to write
test('every thing that outlives a screen is forgotten with its person', () => {
  const found: string[] = []
  for (const folder of ['src', 'src/api', 'src/lib', 'src/i18n', 'src/parts', 'src/screens'])
    for (const file of readdirSync(folder).filter((f) => /\.(ts|svelte)$/.test(f) && f !== 'schema.d.ts')) {
      const text = readFileSync(`${folder}/${file}`, 'utf8')
      const lasting = file.endsWith('.svelte') ? (/<script[^>]*\bmodule\b[^>]*>([^]*?)<\/script>/.exec(text)?.[1] ?? '') : text
      for (const m of lasting.matchAll(/^ *(?:export )?(?:let (\w+)|const (\w+)[^=\n]* = (?:new \w|\[\]|\{\}|\$state))/gm)) {
        if (m[0].startsWith(' ') && !file.endsWith('.svelte')) continue
        const name = (m[1] ?? m[2])!
        if (!OFTHEDEVICE.includes(name) && !OFNOBODY.includes(name) && !lasting.includes('forgets(')) found.push(`${folder}/${file}: ${name}`)
      }
    }
  expect(found).toEqual([])
})
