// Who is here. `undefined` while we ask; null when nobody is.
import { actAs, api, whenAnother, whenLoggedOut } from '../api/client'
import type { User } from '../api/types'
import { keep } from './device'
import { forgetAll } from './forget'
import { setOwner } from './store'

const HERE = 'docket.here'

class SessionState {
  user = $state<User | null | undefined>(undefined)
  unreachable = $state(false)
  expired = $state(false) // it ended without the person's wish: the door says so

  constructor() {
    whenLoggedOut(() => { if (this.user) this.expired = true; this.ended() })
    whenAnother(() => void this.start())
    // Another tab has logged somebody out or in: the cookie is one for all of them.
    addEventListener('storage', (e) => { if (e.key === HERE) void this.start() })
  }
  async start() {
    try {
      const { user } = await api.session()
      if (user) this.#set(user)
      else this.ended()
      this.unreachable = false
    } catch { this.unreachable = true }
  }
  // HERE is a hint that lets the next start ask for papers at once; what counts is the service's answer.
  #set(user: User) {
    if (this.user && this.user.id !== user.id) forgetAll()
    actAs(user.id)
    void setOwner(user.id)
    keep(HERE, user.id)
    this.user = user
    this.unreachable = this.expired = false
  }
  // Whichever way it ended: nothing of it stays in memory, and what is shared into the app from now on is not theirs.
  ended() {
    actAs(null)
    keep(HERE, null)
    this.user = null
    forgetAll()
    void setOwner(null)
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
    this.ended()
    this.expired = false
  }
}
export const session = new SessionState()
