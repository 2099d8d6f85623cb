// How long to wait before the n-th repetition: exponential with full jitter, between a quarter of a
// second and half a minute, so that many clients of a restarted service do not come back at once.
export const backoff = (attempt: number, random = Math.random) =>
  250 + random() * Math.min(30_000, 500 * 2 ** Math.min(attempt, 10))

export const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => { clearTimeout(timer); resolve() }, { once: true })
  })
