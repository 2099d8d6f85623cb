// What waits on this device, sent after the app was closed. The browser wakes us when it likes, and calls again when
// we fail.
import { ApiError } from '../api/client'
import type { Nobody, Session } from '../api/types'
import { WHO, asked } from '../lib/early'
import { holdsAll, mayRetry, notTheirs, sendByFetch } from '../lib/send'
import { owner, put, queue } from '../lib/store'

// Whose account the cookie of this moment opens.
const carried = async (): Promise<string | null> => {
  const answer = await fetch(WHO, asked).catch(() => null)
  if (!answer?.ok) throw new ApiError('offline', 0, '', true)
  return ((await answer.json()) as Session | Nobody).user?.id ?? null
}

export const sendAll = async (): Promise<void> => {
  const me = await owner()
  if (!me) return
  let left: unknown = null
  for (const { key } of await queue()) {
    // Before each: a photo takes its time, and meanwhile somebody else may have logged in. Then it is not ours to send.
    if ((await owner()) !== me || (await carried()) !== me) return
    const row = (await queue()).find((r) => r.key === key)
    if (row?.state !== 'waiting') continue
    const mine = { ...row, owner: me }
    try {
      const job = await sendByFetch(mine)
      await put({ ...mine, state: 'sent', jobId: job.id, error: null, blob: new Blob([]) })
    } catch (error) {
      if (error instanceof ApiError && notTheirs(error)) return
      if (!(error instanceof ApiError) || holdsAll(error)) throw error
      if (mayRetry(error)) left = error // the others first
      else await put({ ...mine, state: 'refused', error: error.code, detail: error.detail })
    }
  }
  if (left) throw left
}
