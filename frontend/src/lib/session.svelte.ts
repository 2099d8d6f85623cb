// Who is here. `undefined` while we ask; null when nobody is.
import { ApiError, api, whenLoggedOut } from '../api/client'
import type { User } from '../api/types'
import { usePasskey } from './passkey'
import { setOwner } from './store'

class SessionState {
  user = $state<User | null | undefined>(undefined)
  unreachable = $state(false)

  async start() {
    whenLoggedOut(() => { this.user = null })
    try {
      await this.#set((await api.session()).user)
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unauthenticated') this.user = null
      else this.unreachable = true
    }
  }
  async #set(user: User) { await setOwner(user.id); this.user = user; this.unreachable = false }
  async login(email: string, password: string, code?: string) { await this.#set((await api.login(email, password, code)).user) }
  // By a passkey; nothing happens when the person thinks better of it.
  async open() {
    const credential = await usePasskey(await api.passkeyOptions())
    if (credential) await this.#set((await api.loginByPasskey(credential)).user)
  }
  async signup(email: string, password: string, locale: string, invitation?: string) { await this.#set((await api.signup(email, password, locale, invitation)).user) }
  async logout() {
    await api.logout()
    this.user = null
    await setOwner(null)
  }
}
export const session = new SessionState()
