// The app's addresses: /app (with ?q= and filters), /app/documents/{job id}, those that letters lead to (join, reset,
// confirm), and one word each for the rest.
const plain = ['login', 'signup', 'join', 'forgot', 'reset', 'confirm', 'account', 'connections', 'history', 'people', 'operator', 'status', 'spending', 'bills'] as const
export type Route =
  | { screen: 'library' }
  | { screen: (typeof plain)[number] }
  | { screen: 'document'; id: string }
  | { screen: 'lost' }

export type Door = 'login' | 'signup' | 'join' | 'forgot' | 'reset'
export const isDoor = (screen: Route['screen']): screen is Door => screen === 'login' || screen === 'signup' || screen === 'join' || screen === 'forgot' || screen === 'reset'

export const parse = (path: string): Route => {
  const parts = path.split('/').filter(Boolean)
  if (parts.length === 0 || (parts[0] === 'app' && parts.length === 1)) return { screen: 'library' }
  if (parts[0] !== 'app') return { screen: 'lost' }
  if (parts.length === 2 && parts[1] === 'share') return { screen: 'library' }
  const named = plain.find((name) => parts.length === 2 && parts[1] === name)
  if (named) return { screen: named }
  if (parts.length === 3 && parts[1] === 'documents' && /^[0-9a-f-]{36}$/.test(parts[2]!)) return { screen: 'document', id: parts[2]! }
  return { screen: 'lost' }
}
