// @vitest-environment node
// A photo is on the disk before it is sent, and leaves only when the service has it.
import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { ApiError } from '../src/api/client'
import { mayRetry, sendByFetch } from '../src/lib/send'
import { drop, enqueue, put, queue, setOwner } from '../src/lib/store'

test('each photo keeps its own key through every change', async () => {
  await setOwner('ann')
  const a = await enqueue(new Blob(['a']), 'a.jpg')
  const b = await enqueue(new Blob(['b']), 'b.jpg')
  expect(a.key).not.toBe(b.key)
  await put({ ...a, attempts: 3, error: 'busy' })
  expect((await queue()).map((r) => [r.key, r.attempts])).toEqual([[a.key, 3], [b.key, 0]])
  await drop(a.key)
  expect((await queue()).map((r) => r.key)).toEqual([b.key])
})

test("another person on this device neither sees nor sends somebody's photos", async () => {
  await setOwner('bob')
  expect(await queue()).toEqual([])
})

test('a photo says whose it is', async () => {
  await setOwner('ann')
  const asked = vi.fn(async () => new Response('{"id":"j"}', { status: 202 }))
  vi.stubGlobal('fetch', asked)
  await sendByFetch((await queue())[0]!)
  expect(asked.mock.calls[0]).toMatchObject(['/upload', { headers: { 'Docket-Expected-User': 'ann' } }])
  vi.unstubAllGlobals()
})

test('what was shared before anybody logged in goes to whoever does', async () => {
  await setOwner(null)
  const row = await enqueue(new Blob(['c']), 'c.jpg')
  await setOwner('eve')
  expect((await queue()).map((r) => r.key)).toEqual([row.key])
})

test.each([
  [0, 'offline', true], [503, 'busy', true], [507, 'storage_full', true], [401, 'unauthenticated', true], [429, 'rate_limited', true],
  [409, 'idempotency_key_in_flight', true], [409, 'other_user', true], [403, 'second_factor_setup_required', true], [400, 'body_incomplete', true],
  [507, 'quota_exceeded', false], [403, 'email_unverified', false], [413, 'file_too_large', false], [415, 'unsupported_type', false], [422, 'empty_file', false], [422, 'idempotency_key_reused', false],
])('%i %s: again %s', (status, code, again) => expect(mayRetry(new ApiError(code, status))).toBe(again))
