// Sends one queued photo. XMLHttpRequest where there is one: fetch cannot tell how far an upload is.
import { ApiError, problemOf } from '../api/client'
import type { Job } from '../api/types'
import { expecting } from './early'
import type { Queued } from './store'

const headersOf = (row: Queued): Record<string, string> => ({
  'Content-Type': row.type || 'application/octet-stream',
  'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(row.name)}`,
  'Idempotency-Key': row.key,
  Accept: 'application/json',
  ...expecting(row.owner),
})

const STALL_MS = 30_000

export const sendByXhr = (row: Queued, progress: (sent: number, total: number) => void): Promise<Job> =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', '/upload')
    for (const [name, value] of Object.entries(headersOf(row))) xhr.setRequestHeader(name, value)
    xhr.upload.onprogress = (e) => progress(e.loaded, e.total || row.blob.size)
    xhr.onload = () => {
      let body: unknown = null
      try { body = JSON.parse(xhr.responseText) } catch { /* not ours */ }
      if (xhr.status === 202 && body) resolve(body as Job)
      else reject(problemOf(xhr.status, body, xhr.getResponseHeader('Retry-After')))
    }
    xhr.onerror = xhr.onabort = xhr.ontimeout = () => reject(new ApiError('offline', 0, '', true))
    // A network that dies without a word would hold us for ever: whoever hears nothing this long tries again.
    let watch: ReturnType<typeof setTimeout>
    const alive = () => { clearTimeout(watch); watch = setTimeout(() => xhr.abort(), STALL_MS) }
    xhr.upload.addEventListener('progress', alive)
    xhr.upload.addEventListener('load', alive)
    xhr.addEventListener('loadend', () => clearTimeout(watch))
    alive()
    xhr.send(row.blob)
  })

export const sendByFetch = async (row: Queued): Promise<Job> => {
  const response = await fetch('/upload', { method: 'POST', headers: headersOf(row), body: row.blob, credentials: 'same-origin' })
    .catch(() => { throw new ApiError('offline', 0, '', true) })
  const body = await response.json().catch(() => null)
  if (response.status === 202 && body) return body as Job
  throw problemOf(response.status, body, response.headers.get('Retry-After'))
}

// What the answer means for the photo: gone up, to be tried again, or refused for good.
export const mayRetry = (e: ApiError) =>
  e.status === 0 || (e.status >= 500 && e.code !== 'quota_exceeded') || e.status === 408 || e.status === 429 ||
  notTheirs(e) || e.code === 'idempotency_key_in_flight' || e.code === 'body_incomplete'

// The cookie is not its owner's, or does not let them do anything yet: the photo waits until it does.
export const notTheirs = (e: ApiError) => e.status === 401 || e.code === 'other_user' || e.code === 'second_factor_setup_required'
// Whether the next photo would fare no better: there is no network, its owner is not logged in, or the service asks for a pause.
export const holdsAll = (e: ApiError) => e.status === 0 || e.status === 429 || notTheirs(e)
