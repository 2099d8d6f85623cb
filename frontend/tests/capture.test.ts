// What comes in is looked at before it is kept.
import { expect, test, vi } from 'vitest'
import { capture } from '../src/lib/capture.svelte'
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
