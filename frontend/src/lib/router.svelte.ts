// Where the app is, and how it gets elsewhere.
import { forgets } from './forget'
import { type Route, parse } from './route'

class Router {
  route = $state.raw<Route>(parse(typeof location === 'undefined' ? '/' : location.pathname))
  query = $state.raw(new URLSearchParams(typeof location === 'undefined' ? '' : location.search))
  came = $state(false) // from another screen of the app: "back" is a step in history
  #back = 0 // where the screen that is returned to was scrolled

  start() {
    history.scrollRestoration = 'manual'
    const left = () => (typeof history.state?.y === 'number' ? history.state.y : 0)
    this.#back = left() // the page was fetched anew
    addEventListener('pagehide', () => history.replaceState({ y: scrollY }, ''))
    addEventListener('popstate', () => {
      this.#back = left()
      this.#read()
      if (!this.#back) scrollTo(0, 0)
    })
    // Ordinary links stay ordinary: they open in a new tab, can be copied, and work without us.
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      const link = (event.target as Element | null)?.closest?.('a')
      if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
      if (link.hash && link.pathname === location.pathname) return
      if (parse(link.pathname).screen === 'lost') return
      event.preventDefault()
      this.go(link.pathname + link.search + link.hash)
    })
  }
  #read() {
    this.route = parse(location.pathname)
    this.query = new URLSearchParams(location.search)
  }
  // Where somebody else has been is no place to go back to.
  forget() { this.came = false; this.#back = 0 }
  // Called by a screen that has drawn what was there when it was left.
  restore() { if (this.#back) scrollTo(0, this.#back); this.#back = 0 }

  go(address: string, { replace = false } = {}) {
    if (address !== location.pathname + location.search + location.hash) {
      if (!replace) history.replaceState({ y: scrollY }, '')
      history[replace ? 'replaceState' : 'pushState'](null, '', address)
      if (!replace) this.came = true
    }
    this.#back = 0
    this.#read()
    scrollTo(0, 0)
  }
  // Filters belong to the address, but typing one letter is no step that "back" should undo.
  ask(query: URLSearchParams) {
    const s = query.toString()
    history.replaceState(history.state, '', location.pathname + (s ? `?${s}` : ''))
    this.query = query
  }
}
export const router = new Router()
forgets(() => router.forget())
