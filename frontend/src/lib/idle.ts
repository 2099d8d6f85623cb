// What can wait until the screen stands: done when nothing else is to do, at the latest after two seconds. Returns
// the way to call it off.
export const whenIdle = (act: () => void): (() => void) => {
  if (typeof requestIdleCallback !== 'function') { // Safari
    const timer = setTimeout(act, 300)
    return () => clearTimeout(timer)
  }
  const id = requestIdleCallback(act, { timeout: 2000 })
  return () => cancelIdleCallback(id)
}
