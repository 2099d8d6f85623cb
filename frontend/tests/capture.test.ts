// What comes in is looked at before it is kept.
import { expect, test, vi } from 'vitest'
import { capture } from '../src/lib/capture.svelte'
import { toasts } from '../src/lib/toast.svelte'
import { uploads } from '../src/lib/uploads.svelte'
import { serve, stage } from './stage'

stage()
test('a file larger than the service takes is said to be so at once, and the others go', async () => {
  serve({ 'GET /service': [200, { max_upload: 3 }] })
  await capture.learn()
  const add = vi.spyOn(uploads, 'add').mockResolvedValue()
  await capture.take([new File(['1234'], 'big.pdf'), new File(['12'], 'small.pdf')])
  expect(add.mock.calls.map(([files]) => files.map((f) => f.name))).toEqual([['small.pdf']])
  expect(capture.trouble).toMatch(/more than is taken: big\.pdf$/)
  await capture.take([new File(['1234'], 'big.pdf')])
  expect(add).toHaveBeenCalledTimes(1)
})
test('pages that were photographed and then shut away are one tap from coming back', async () => {
  capture.pages()
  await capture.take([new File(['1'], 'first.pdf'), new File(['2'], 'second.pdf')])
  expect(capture.asking).toBe(true)
  capture.drop()
  expect([capture.asking, capture.shots.length]).toEqual([false, 0])
  expect(toasts.now?.text).toBe('2 pictures were not sent.')
  toasts.act()
  expect([capture.asking, capture.several, capture.shots.map((s) => s.name)]).toEqual([true, true, ['first.pdf', 'second.pdf']])
  capture.finish()
  toasts.clear()
  capture.drop()
  expect(toasts.now).toBe(null)
})
