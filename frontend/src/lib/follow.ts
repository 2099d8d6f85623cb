// Follows a job to its end. All that is known comes from GET /jobs/{id}: a reload, another device or a
// broken connection can only make it late, never wrong.
import { ApiError, api } from '../api/client'
import type { Job } from '../api/types'
import { backoff, sleep } from './backoff'

export const isFinal = (job: Pick<Job, 'status'>) => job.status === 'done' || job.status === 'failed' || job.status === 'cancelled'

const WAIT_SECONDS = 20

export interface Watcher {
  job(job: Job): void
  // Not reachable just now (it goes on trying), or reachable again (null).
  trouble(error: ApiError | null): void
}

// Resolves when the job is final, when `signal` aborts, or when asking again is of no use.
export const follow = async (id: string, watcher: Watcher, signal: AbortSignal): Promise<void> => {
  let etag: string | null = null
  let failures = 0
  for (let first = true; !signal.aborted; first = false) {
    try {
      const started = Date.now()
      const answer = await api.job(id, first ? 0 : WAIT_SECONDS, etag, signal)
      if (signal.aborted) return
      if (failures > 0) watcher.trouble(null)
      failures = 0
      etag = answer.etag
      if (answer.status !== 304) {
        watcher.job(answer.body)
        if (isFinal(answer.body)) return
      }
      // A service or a proxy that does not hold the question open must not be asked in a tight loop.
      if (!first && Date.now() - started < 200) await sleep(500, signal)
    } catch (error) {
      if (signal.aborted) return
      const problem = error instanceof ApiError ? error : new ApiError('internal', 0)
      watcher.trouble(problem)
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 408 && problem.status !== 429) return
      const ms = backoff(failures++)
      await sleep(problem.retryAfter ? Math.max(ms, problem.retryAfter * 1000) : ms, signal)
    }
  }
}
