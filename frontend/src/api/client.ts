// Calls to the public API. Every failure is an ApiError with a stable code: those of the service's own
// table, and two of ours: `offline` (no answer came) and `internal` (an answer that makes no sense).
import type { CreationOptions, RequestOptions } from '../lib/passkey'
import type { Account, AccountExport, Passkey, SecondFactor, ServiceFacts, Bulk, BulkDone, Corrections, Digest, DocumentChange, Facets, SessionList, Document, DocumentList, Job, JobList, Nobody, Problem, Result, Session } from './types'
import { WHO, asked, expecting, takeEarly } from '../lib/early'

export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail = '',
    readonly retryable = false,
    readonly retryAfter: number | null = null,
    readonly requestId = '',
  ) {
    super(code)
  }
}

export const problemOf = (status: number, body: unknown, retryAfter: string | null): ApiError => {
  const p = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>
  const seconds = retryAfter === null ? NaN : Number(retryAfter)
  return new ApiError(
    typeof p.code === 'string' ? p.code : 'internal',
    status,
    typeof p.detail === 'string' ? p.detail : '',
    p.retryable ?? status >= 500,
    Number.isFinite(seconds) ? seconds : null,
    p.request_id ?? '',
  )
}

// Called when the service says that nobody is logged in, or somebody else, or that they must set up a second factor
// first, whichever call found out.
let onLoggedOut = () => {}
let onAnother = () => {}
export const whenLoggedOut = (f: () => void) => { onLoggedOut = f }
export const whenAnother = (f: () => void) => { onAnother = f }
export const heard = (problem: ApiError) => {
  if (problem.code === 'unauthenticated') onLoggedOut()
  if (problem.code === 'other_user' || problem.code === 'second_factor_setup_required') onAnother()
}
// Whose page this is. The cookie is one for all pages of the browser, and another may have logged in on one of them:
// the service compares, and does nothing in their name.
let actor: string | null = null
export const actAs = (id: string | null) => { actor = id }

interface Options {
  json?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}
interface Answer<T> { status: number; body: T; etag: string | null; retryAfter: number | null }

export const call = async <T>(method: string, path: string, { json, headers = {}, signal }: Options = {}): Promise<Answer<T>> => {
  let response: Response
  try {
    response = (method === 'GET' && (await takeEarly(path))) || (await fetch(path, {
      ...asked,
      method,
      headers: { ...asked.headers, ...expecting(path === WHO ? null : actor), ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      body: json === undefined ? null : JSON.stringify(json),
      ...(signal ? { signal } : {}),
    }))
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError('offline', 0, '', true)
  }
  const text = await response.text().catch(() => '')
  let body: unknown = null
  try { body = text ? JSON.parse(text) : null } catch { /* a proxy's page, perhaps */ }
  if (response.status === 304) return { status: 304, body: null as T, etag: headers['If-None-Match'] ?? null, retryAfter: null }
  if (!response.ok) {
    const problem = problemOf(response.status, body, response.headers.get('Retry-After'))
    heard(problem)
    throw problem
  }
  const after = response.headers.get('Retry-After')
  return { status: response.status, body: body as T, etag: response.headers.get('ETag'), retryAfter: after === null ? null : Number(after) }
}

const body = async <T>(answer: Promise<Answer<T>>): Promise<T> => (await answer).body

export const api = {
  session: () => body(call<Session | Nobody>('GET', WHO)),
  service: () => body(call<ServiceFacts>('GET', '/service')),
  signup: (email: string, password: string, locale: string, invitation?: string) => body(call<Session>('POST', '/signup', { json: { email, password, locale, ...(invitation ? { invitation } : {}) } })),
  login: (email: string, password: string, code?: string) => body(call<Session>('POST', '/login', { json: { email, password, ...(code ? { code } : {}) } })),
  forgot: (email: string) => call<null>('POST', '/password-reset', { json: { email } }),
  reset: (token: string, password: string) => call<null>('POST', '/password-reset/confirm', { json: { token, password } }),
  verify: (token: string) => call<null>('POST', '/verify', { json: { token } }),
  beginSecondFactor: (password: string) => body(call<SecondFactor>('POST', '/account/second-factor', { json: { password } })),
  confirmSecondFactor: (code: string) => body(call<{ recovery_codes: string[] }>('POST', '/account/second-factor/confirm', { json: { code } })),
  endSecondFactor: (password: string, code: string) => body(call<Account>('DELETE', '/account/second-factor', { json: { password, code } })),
  passkeys: () => body(call<{ items: Passkey[] }>('GET', '/account/passkeys')),
  newPasskey: (password: string, code: string) => body(call<CreationOptions>('POST', '/account/passkey-options', { json: { password, ...(code ? { code } : {}) } })),
  addPasskey: (name: string, credential: unknown) => body(call<Passkey>('POST', '/account/passkeys', { json: { name, credential } })),
  renamePasskey: (id: string, name: string) => call<null>('PATCH', `/account/passkeys/${id}`, { json: { name } }),
  deletePasskey: (id: string, password: string) => call<null>('DELETE', `/account/passkeys/${id}`, { json: { password } }),
  passkeyOptions: () => body(call<RequestOptions>('POST', '/login/passkey/options')),
  loginByPasskey: (credential: unknown) => body(call<Session>('POST', '/login/passkey', { json: { credential } })),
  newRecoveryCodes: (password: string, code: string) => body(call<{ recovery_codes: string[] }>('POST', '/account/second-factor/recovery-codes', { json: { password, code } })),
  sendVerification: () => call<null>('POST', '/account/verification'),
  beginExport: () => call<unknown>('POST', '/account/export'),
  exported: () => body(call<AccountExport>('GET', '/account/export')),
  logout: () => call<null>('POST', '/logout'),
  job: (id: string, wait: number, etag: string | null, signal?: AbortSignal) =>
    call<Job>('GET', `/jobs/${id}${wait > 0 ? `?wait=${wait}` : ''}`, {
      headers: etag ? { 'If-None-Match': etag } : {},
      ...(signal ? { signal } : {}),
    }),
  retry: (id: string) => body(call<Job>('POST', `/jobs/${id}/retry`)),
  cancel: (id: string) => body(call<Job>('DELETE', `/jobs/${id}`)),
  result: (id: string) => call<Result>('GET', `/results/${id}`),
  correct: (id: string, etag: string, changes: Corrections) => call<Result>('PATCH', `/results/${id}/fields`, { json: changes, headers: { 'If-Match': etag } }),
  jobs: (signal?: AbortSignal) => body(call<JobList>('GET', '/jobs?limit=50', signal ? { signal } : {})),
  documents: (path: string) => body(call<DocumentList>('GET', path)),
  sessions: () => body(call<SessionList>('GET', '/sessions')),
  endSession: (id: string) => call<null>('DELETE', `/sessions/${id}`),
  endOtherSessions: () => call<null>('DELETE', '/sessions'),
  setLocale: (locale: string) => body(call<Account>('PATCH', '/account', { json: { locale } })),
  setEmail: (email: string, password: string) => body(call<Account>('POST', '/account/email', { json: { email, password } })),
  setPassword: (password: string, fresh: string) => body(call<Session>('POST', '/account/password', { json: { password, new_password: fresh } })),
  deleteAccount: (password: string) => body(call<Account>('DELETE', '/account', { json: { password } })),
  keepAccount: () => body(call<Account>('POST', '/account/keep')),
  facets: () => body(call<Facets>('GET', '/facets')),
  digest: () => body(call<Digest>('GET', '/digest')),
  changeDocument: (id: string, change: DocumentChange) => body(call<Document>('PATCH', `/documents/${id}`, { json: change })),
  deleteDocument: (id: string) => call<null>('DELETE', `/documents/${id}`),
  readAgain: (id: string) => body(call<Job>('POST', `/documents/${id}/reprocess`)),
  many: (what: Bulk) => body(call<BulkDone>('POST', '/bulk', { json: what })),
  document: (id: string) => body(call<Document>('GET', `/documents/${id}`)),
}
