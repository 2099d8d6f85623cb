// The screens behind the account: programs that are let in or told, the history, people, the second factor.
import { flushSync } from 'svelte'
import { expect, test, vi } from 'vitest'
import { connections } from '../src/i18n/connections'
import { people } from '../src/i18n/people'
import { session } from '../src/lib/session.svelte'
import { toasts } from '../src/lib/toast.svelte'
import Calendars from '../src/parts/Calendars.svelte'
import Guard from '../src/parts/Guard.svelte'
import Invitations from '../src/parts/Invitations.svelte'
import Qr from '../src/parts/Qr.svelte'
import Tokens from '../src/parts/Tokens.svelte'
import Webhooks from '../src/parts/Webhooks.svelte'
import Auth from '../src/screens/Auth.svelte'
import Confirm from '../src/screens/Confirm.svelte'
import History from '../src/screens/History.svelte'
import People from '../src/screens/People.svelte'
import { el, serve, settle, show, speak, stage, tap, type } from './stage'

stage()
const me = { id: 'me', email: 'ann@example.org', locale: 'en', role: 'admin', email_verified: true, second_factor: false, second_factor_needed: false, deletion_at: null } as const
const key = (over: object = {}) => ({ id: 'k1', name: 'my phone', created_at: '2026-11-01T00:00:00Z', used_at: null, expires_at: null, ...over })
const send = (selector: string) => { el(selector).dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true })); flushSync() }
const see = (words: string | RegExp) => vi.waitFor(() => { flushSync(); expect(document.body.textContent).toMatch(words) })

test('a calendar address is shown once, in full, and for a calendar program', async () => {
  const path = `/calendar/dkf_${'a'.repeat(43)}`
  const asked = serve({ 'GET /feeds': [200, { items: [] }], 'POST /feeds': [201, { path, key: key() }] })
  show(Calendars as never)
  await settle()
  tap('New address')
  send('form')
  expect(el('#feed-name-wrong').textContent).toContain('Say where it goes')
  type('#feed-name', 'my phone')
  type('#feed-password', 'x')
  send('form')
  await see(/dkf_/)
  expect(el('.once code').textContent).toBe(location.origin + path)
  expect(el<HTMLAnchorElement>('.once a').href).toMatch(/^webcal:\/\/.*dkf_/)
  expect(asked.at(-1)).toEqual(['POST /feeds', { name: 'my phone', password: 'x' }])
})
test('a renewed address: first the new one, then the old one ends', async () => {
  const asked = serve({ 'GET /feeds': [200, { items: [key()] }], 'POST /feeds': [201, { path: `/calendar/dkf_${'b'.repeat(43)}`, key: key({ id: 'k2' }) }], 'DELETE /feeds/k1': [204, null] })
  show(Calendars as never)
  await see('my phone')
  el<HTMLButtonElement>('li button').click()
  flushSync()
  expect(document.body.textContent).toContain('the old one stops working')
  type('#feed-password', 'x')
  send('form')
  await vi.waitFor(() => expect(asked.map(([what]) => what)).toEqual(['GET /feeds', 'POST /feeds', 'DELETE /feeds/k1']))
  await vi.waitFor(() => { flushSync(); expect(document.querySelectorAll('li')).toHaveLength(1) })
})
test('what programs hold ends only after a question, and not when it is answered with no', async () => {
  const asked = serve({ 'GET /tokens': [200, { items: [key()] }], 'DELETE /tokens/k1': [204, null] })
  show(Tokens as never)
  await see('my phone')
  tap('End')
  expect(el('dialog[open]').textContent).toMatch(/End the key “my phone”\?.*let in no more/s)
  tap('Cancel')
  expect(asked).toHaveLength(1)
  el('li button').click()
  flushSync()
  el('dialog .danger').click()
  await vi.waitFor(() => { flushSync(); expect(document.querySelectorAll('li')).toHaveLength(0) })
  expect(asked.at(-1)![0]).toBe('DELETE /tokens/k1')
})
test('a link of a letter that is no good any more says what to do; one that was used already is fine', async () => {
  const refused = [410, { code: 'link_invalid' }] as [number, unknown]
  serve({ 'POST /verify': refused, 'POST /account/verification': [204, null] })
  session.user = { ...me, email_verified: false }
  const leave = show(Confirm as never)
  await see('not valid')
  tap('Send the letter again')
  await vi.waitFor(() => expect(toasts.now?.text).toContain('ann@example.org'))
  leave()
  session.user = { ...me }
  show(Confirm as never)
  await see('your e-mail is confirmed')
  session.user = null
  serve({ 'POST /password-reset/confirm': refused, 'GET /service': [200, {}] })
  show(Auth as never, { way: 'reset' })
  type('#password', 'seven brown teapots 41')
  send('form')
  await vi.waitFor(() => { flushSync(); expect(el<HTMLAnchorElement>('form a').pathname).toBe('/app/forgot') })
})
test('where no letters are sent, whoever forgot the password is told whom to ask', async () => {
  for (const [mail, words] of [[false, /sends no letters: ask whoever runs it/], [true, /Send the letter/]] as const) {
    session.user = null
    serve({ 'GET /service': [200, { signup: 'on', mail, passkeys: false, status: false }] })
    const leave = show(Auth as never, { way: 'login' })
    await see('Forgot your password?')
    leave()
    const gone = show(Auth as never, { way: 'forgot' })
    await see(words)
    expect(document.querySelector('form') !== null).toBe(mail)
    gone()
  }
})
test('a webhook wants https, tells its secret once, and what was given up can be sent again', async () => {
  const hook = { id: 'w1', url: 'https://example.org/x', events: ['document.done'], created_at: '2026-11-01T00:00:00Z' }
  const asked = serve({
    'GET /webhooks': [200, { items: [] }], 'POST /webhooks': [201, { secret: 'whsec_1', webhook: hook }],
    'GET /webhooks/w1/deliveries?limit=20': [200, { items: [{ id: 'd1', status: 'dead', attempts: 5, detail: 'HTTP 500', created_at: '2026-11-01T00:00:00Z', next_attempt_at: null, finished_at: null }], next_cursor: null }],
    'POST /deliveries/d1/redelivery': [204, null],
  })
  show(Webhooks as never)
  await settle()
  tap('New webhook')
  type('#hook-url', 'http://example.org/x')
  send('form')
  expect(el('#hook-url-wrong').textContent).toContain('https://')
  type('#hook-url', 'https://example.org/x')
  send('form')
  await see('whsec_1')
  tap('What was sent')
  await see(/Given up.*5 tries.*HTTP 500/s)
  tap('Send again')
  await vi.waitFor(() => expect(asked.map(([what]) => what)).toContain('POST /deliveries/d1/redelivery'))
})
test('an address that the service refuses is blamed on its field', async () => {
  serve({ 'GET /webhooks': [200, { items: [] }], 'POST /webhooks': [422, { code: 'address_refused' }] })
  show(Webhooks as never)
  await settle()
  tap('New webhook')
  type('#hook-url', 'https://127.0.0.1/x')
  send('form')
  await vi.waitFor(() => { flushSync(); expect(el('#hook-url').getAttribute('aria-invalid')).toBe('true') })
})
test('a key is shown once and may what was ticked', async () => {
  const asked = serve({ 'GET /tokens': [200, { items: [] }], 'POST /tokens': [201, { token: 'dka_1', key: key({ scopes: ['upload'] }) }] })
  show(Tokens as never)
  await settle()
  tap('New key')
  type('#token-name', 'scanner')
  type('#token-password', 'seven brown teapots 41')
  send('form')
  await see('dka_1')
  expect(asked.at(-1)![1]).toEqual({ name: 'scanner', scopes: ['upload'], expires_in_days: 365, password: 'seven brown teapots 41' })
})

const entry = (n: number, action: string, over: object = {}) => ({ n, at: '2026-11-20T10:00:00Z', user_id: 'me', action, object: null, detail: null, address: '192.0.2.7', request_id: null, ...over })
test('looks at papers are told with the paper’s name; the rest when it is asked for', async () => {
  session.user = { ...me, role: 'user' }
  serve({
    'GET /audit?limit=50': [200, { items: [entry(3, 'original.read', { object: 'd1' }), entry(2, 'session.created'), entry(1, 'result.read', { object: 'gone' })], next_cursor: null }],
    'GET /documents/d1': [200, { id: 'd1', job_id: 'j1', title: null, merchant: '<b>Teapot</b>', file: { name: 'a' } }], 'GET /documents/gone': [404, { code: 'not_found' }],
  })
  show(History as never)
  await see(/Original opened.*you.*192\.0\.2\.7/s)
  await see('<b>Teapot</b>')
  expect(document.querySelectorAll('li')).toHaveLength(2)
  expect(document.querySelector('[name=whose]')).toBeNull()
  el<HTMLInputElement>('[name=what]:not(:checked)').click()
  await see('Logged in')
})
test('every action that the service writes down has words in both languages', () => {
  expect(Object.keys(people.ru.history.did).sort()).toEqual(Object.keys(people.en.history.did).sort())
})
test('an admin invites, and asks before somebody is switched off', async () => {
  session.user = me
  const bob = { user: { ...me, id: 'bob', email: 'bob@example.org', role: 'user' }, disabled: false, created_at: '2026-11-01T00:00:00Z', documents: 3, bytes: 1e6 }
  const asked = serve({
    'GET /admin/users?limit=50': [200, { items: [bob, { ...bob, user: me }], next_cursor: null }], 'GET /admin/invitations?limit=50': [200, { items: [], next_cursor: null }], 'POST /admin/invitations': [201, { link: '/app/join#dkl_1', sent: false, key: key() }],
    'PATCH /admin/users/bob': [200, { user: bob.user, disabled: true }],
  })
  show(People as never)
  await see('bob@example.org')
  expect(document.querySelectorAll('li.person .row')).toHaveLength(1) // nobody switches themselves off
  tap('Make the link')
  send('form')
  await see('/app/join#dkl_1')
  expect(el('.once code').textContent).toBe(`${location.origin}/app/join#dkl_1`)
  tap('Switch off')
  expect(el('dialog[open]').textContent).toContain('Switch off bob@example.org?')
  expect(asked.map(([what]) => what)).not.toContain('PATCH /admin/users/bob')
  el<HTMLButtonElement>('dialog[open] .danger').click()
  await see('switched off')
  expect(asked.at(-1)).toEqual(['PATCH /admin/users/bob', { disabled: true }])
})
const invitation = (id: string, over: object = {}) => ({ id, email: null, note: null, invited_by: { id: 'me', email: me.email }, created_at: '2026-11-29T10:00:00Z', expires_at: '2026-12-06T10:00:00Z', used_at: null, used_by: null, ...over })
const endButtons = () => [...document.querySelectorAll<HTMLButtonElement>('.invitation button')]
test('an invitation says for whom it is, by whom, until when and whose account it made; only an open one can be ended, after a question', async () => {
  session.user = me
  let gone = false
  const open = [invitation('i1'), invitation('i2', { note: 'for the neighbours', invited_by: { id: 'eva', email: 'eva@example.org' } })]
  const asked = serve({
    'GET /admin/invitations?limit=50': () => [200, { items: [...(gone ? [open[0]] : open), invitation('i3', { email: 'bob@example.org', note: 'Bob', used_at: '2026-11-29T10:00:00Z', used_by: { id: 'bob', email: 'bob@example.org' } })], next_cursor: null }],
    'DELETE /admin/invitations/i2': () => { gone = true; return [204, null] },
  })
  show(Invitations as never)
  await see('neighbours')
  expect([...document.querySelectorAll('.invitation')].map((li) => li.textContent!.replace(/\s+/g, ' ').trim())).toEqual([
    'Whoever has the linkgood until 6 Dec 2026 End', 'for the neighboursgood until 6 Dec 2026 · from eva@example.org End', 'bob@example.org usedBob · bob@example.org has joined, 29 Nov 2026',
  ])
  expect(endButtons().map((b) => b.getAttribute('aria-label'))).toEqual(['End the invitation: Whoever has the link', 'End the invitation: for the neighbours'])
  endButtons()[1]!.click()
  flushSync()
  expect(el('dialog[open]').textContent).toContain('End the invitation “for the neighbours”?')
  expect(asked).toHaveLength(1)
  el('dialog .danger').click()
  await vi.waitFor(() => { flushSync(); expect(endButtons()).toHaveLength(1) })
  await vi.waitFor(() => expect(document.activeElement).toBe(el('#invite-title')))
  expect(asked.map(([what]) => what)).toEqual(['GET /admin/invitations?limit=50', 'DELETE /admin/invitations/i2', 'GET /admin/invitations?limit=50'])
})
test('an invitation that was used a moment ago is told so, and the list shows whose account it made', async () => {
  session.user = me
  let used = false
  serve({
    'GET /admin/invitations?limit=50': () => [200, { items: [invitation('i1', used ? { used_at: '2026-11-29T10:00:00Z', used_by: { id: 'bob', email: 'bob@example.org' } } : {})], next_cursor: null }],
    'DELETE /admin/invitations/i1': () => { used = true; return [409, { code: 'conflict' }] },
  })
  show(Invitations as never)
  await see('Whoever has the link')
  endButtons()[0]!.click()
  flushSync()
  el('dialog .danger').click()
  await see('bob@example.org has joined')
  expect(toasts.now?.text).toContain('Too late')
})
test('a note goes with the invitation, and nothing is sent of what was left empty', async () => {
  session.user = me
  const asked = serve({ 'GET /admin/invitations?limit=50': [200, { items: [], next_cursor: null }], 'POST /admin/invitations': [201, { link: '/app/join#dkl_1', sent: false, key: key() }] })
  show(Invitations as never)
  await settle()
  tap('Make the link')
  type('#invite-note', ' for the neighbours ')
  send('form')
  await see('/app/join#dkl_1')
  expect(asked.find(([what]) => what.startsWith('POST'))).toEqual(['POST /admin/invitations', { note: 'for the neighbours' }])
  expect(asked.at(-1)![0]).toBe('GET /admin/invitations?limit=50') // it stands in the list at once
})
test('to make an admin takes one’s own password, and the question stays until it is right', async () => {
  session.user = me
  const bob = { user: { ...me, id: 'bob', email: 'bob@example.org', role: 'user' }, disabled: false, created_at: '2026-11-01T00:00:00Z', documents: 3, bytes: 1e6 }
  const asked = serve({
    'GET /admin/users?limit=50': [200, { items: [bob], next_cursor: null }], 'GET /admin/invitations?limit=50': [200, { items: [], next_cursor: null }],
    'PATCH /admin/users/bob': (body) => ((body as { password: string }).password === 'right' ? [200, { user: { ...bob.user, role: 'admin' }, disabled: false }] : [403, { code: 'wrong_password' }]),
  })
  show(People as never)
  await see('bob@example.org')
  tap('Make an admin')
  type('#person-password', 'wrong')
  send('dialog form')
  await vi.waitFor(() => { flushSync(); expect(el('#person-password-wrong')).not.toBeNull() })
  expect(el('dialog[open]')).not.toBeNull()
  type('#person-password', 'right')
  send('dialog form')
  await vi.waitFor(() => { flushSync(); expect(el('dialog[open]')).toBeNull() })
  expect(asked.at(-1)).toEqual(['PATCH /admin/users/bob', { role: 'admin', password: 'right' }])
})

test('the second factor shows a picture for the app, and new codes once it is on', async () => {
  session.user = { ...me, second_factor: false }
  const codes = Array.from({ length: 10 }, (_, i) => `code-${i}`)
  const asked = serve({
    'POST /account/second-factor': [201, { secret: 'ABCDEFGH', uri: 'otpauth://totp/Docket:ann?secret=ABCDEFGH' }], 'POST /account/second-factor/confirm': [200, { recovery_codes: codes }],
    'POST /account/second-factor/recovery-codes': [200, { recovery_codes: codes.map((c) => `new-${c}`) }],
  })
  show(Guard as never)
  tap('Set up')
  type('#guard-password', 'x')
  send('form')
  await vi.waitFor(() => { flushSync(); expect(el('svg[role=img]').getAttribute('aria-label')).toContain('QR') })
  type('#guard-code', '123456')
  send('form')
  await see('code-9')
  tap('Close')
  tap('New codes')
  type('#guard-password', 'x')
  type('#guard-code', '654321')
  send('form')
  await see('new-code-9')
  expect(asked.at(-1)![1]).toEqual({ password: 'x', code: '654321' })
})
test('a QR picture has its rim and its three corners', () => {
  show(Qr as never, { text: 'otpauth://totp/x?secret=ABC', label: 'for the app' })
  const path = el('path').getAttribute('d')!
  expect(path.startsWith('M4 4h7v1')).toBe(true)
  const size = Number(el('svg').getAttribute('viewBox')!.split(' ')[2])
  expect(path).toContain(`M${size - 4 - 7} 4h7v1`)
})
test('Russian counts as Russians do', () => {
  speak('ru')
  const tries = connections.ru.hooks.tries
  expect([1, 2, 5, 21].map(tries)).toEqual(['1 попытка', '2 попытки', '5 попыток', '21 попытка'])
  expect([1, 3, 11].map(people.ru.people.documents)).toEqual(['1 документ', '3 документа', '11 документов'])
})
