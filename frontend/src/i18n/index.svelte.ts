// The words of the language that is in use. A sentence that one of the two lacks is a type error, not a surprise.
import { keep } from '../lib/device'
import type { Messages } from './en'
import { type Locale, words } from './languages'

class I18n {
  locale = $state<Locale>('en')
  m = $state.raw<Messages>()! // there before the first screen is
  use(locale: Locale, messages: Messages) {
    this.locale = locale
    this.m = messages
    document.documentElement.lang = locale
  }
  async set(locale: Locale) {
    keep('docket.locale', locale)
    document.cookie = `docket_locale=${locale}; Path=/; Max-Age=31536000; SameSite=Lax` // for the page's first words
    this.use(locale, await words[locale]())
  }
}
export const i18n = new I18n()
