// Where a screen was scrolled is found again.
import { expect, test, vi } from 'vitest'

test('a step back, and a page fetched anew, come to where they were left; a link to the top', async () => {
  const went: number[] = []
  vi.stubGlobal('scrollTo', (_: number, y: number) => went.push(y))
  vi.stubGlobal('scrollY', 700)
  history.replaceState({ y: 300 }, '', '/app')
  const { router } = await import('../src/lib/router.svelte')
  router.start()
  router.restore()
  expect(went).toEqual([300])
  router.go('/app/account')
  router.restore()
  expect(went).toEqual([300, 0])
  history.back()
  await vi.waitFor(() => expect(router.route.screen).toBe('library'))
  router.restore()
  router.restore()
  expect(went).toEqual([300, 0, 700])
  dispatchEvent(new Event('pagehide'))
  expect(history.state).toEqual({ y: 700 })
})
