// Addresses: /app, /app/login, /app/signup, /app/account, /app/documents/{job id}.
export type Route =
  | { screen: 'library' }
  | { screen: 'login' }
  | { screen: 'signup' }
  | { screen: 'account' }
  | { screen: 'document'; id: string }
  | { screen: 'lost' }

export const parse = (path: string): Route => {
  const parts = path.split('/').filter(Boolean)
  if (parts.length === 0 || (parts[0] === 'app' && parts.length === 1)) return { screen: 'library' }
  if (parts[0] !== 'app') return { screen: 'lost' }
  if (parts.length === 2 && parts[1] === 'share') return { screen: 'library' }
  if (parts.length === 2 && (parts[1] === 'login' || parts[1] === 'signup' || parts[1] === 'account')) return { screen: parts[1] }
  if (parts.length === 3 && parts[1] === 'documents' && /^[0-9a-f-]{36}$/.test(parts[2]!)) return { screen: 'document', id: parts[2]! }
  return { screen: 'lost' }
}

class Router {
  route = $state<Route>(parse(typeof location === 'undefined' ? '/' : location.pathname))

  start() {
    addEventListener('popstate', () => { this.route = parse(location.pathname) })
    // Ordinary links stay ordinary: they open in a new tab, can be copied, and work without us.
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      const link = (event.target as Element | null)?.closest?.('a')
      if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
      if (parse(link.pathname).screen === 'lost') return
      event.preventDefault()
      this.go(link.pathname)
    })
  }

  go(path: string, { replace = false } = {}) {
    if (path !== location.pathname) history[replace ? 'replaceState' : 'pushState'](null, '', path)
    this.route = parse(path)
    scrollTo(0, 0)
  }
}
export const router = new Router()
