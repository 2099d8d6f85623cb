// Who is here. `undefined` while we ask; null when nobody is.
import { api, whenLoggedOut } from '../api/client'
import type { User } from '../api/types'
import { keep } from './device'
import { setOwner } from './store'

class SessionState {
  user = $state<User | null | undefined>(undefined)
  unreachable = $state(false)

  async start() {
    whenLoggedOut(() => this.#nobody())
    try {
      const { user } = await api.session()
      if (user) this.#set(user)
      else this.#nobody()
      this.unreachable = false
    } catch { this.unreachable = true }
  }
  // `here` is a hint that lets the next start ask for papers at once; what counts is the service's answer.
  #set(user: User) {
    void setOwner(user.id)
    keep('docket.here', '1')
    this.user = user
    this.unreachable = false
  }
  #nobody() {
    keep('docket.here', null)
    this.user = null
  }
  async login(email: string, password: string, code?: string) { this.#set((await api.login(email, password, code)).user) }
  // By a passkey; nothing happens when the person thinks better of it.
  async open() {
    const { usePasskey } = await import('./passkey')
    const credential = await usePasskey(await api.passkeyOptions())
    if (credential) this.#set((await api.loginByPasskey(credential)).user)
  }
  async signup(email: string, password: string, locale: string, invitation?: string) { this.#set((await api.signup(email, password, locale, invitation)).user) }
  async logout() {
    await api.logout()
    this.#nobody()
    await setOwner(null)
  }
}
export const session = new SessionState()
