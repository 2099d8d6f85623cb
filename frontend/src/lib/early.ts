// Questions that are asked before the app itself is there. Each answer is for whoever asks the same first.
import { forgets } from './forget'

export const asked: RequestInit = { headers: { Accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store' } // versions are ours to compare, by ETag

// Says whom the sender takes the cookie for.
export const expecting = (id: string | null): Record<string, string> => (id ? { 'Docket-Expected-User': id } : {})

const early = new Map<string, Promise<Response>>()
export const askEarly = (path: string) => {
  const answer = fetch(path, asked)
  answer.catch(() => undefined) // whoever takes it hears of it
  early.set(path, answer)
}
// What was refused, or never came, is asked again: it may have been refused to nobody, or to somebody else.
export const takeEarly = async (path: string): Promise<Response | null> => {
  const question = early.get(path)
  early.delete(path)
  const answer = await question?.catch(() => null)
  return answer?.ok ? answer : null
}
forgets(() => early.clear())

export const WHO = '/session?quiet=true'
// A screenful first; the rest comes when it is scrolled to.
export const firstPage = (search: string): string => {
  const query = new URLSearchParams(search)
  query.set('limit', '24')
  return `/documents?${query}`
}
