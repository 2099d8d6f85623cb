// Two languages, both in the program: a missing sentence is a type error, not a surprise.
import { prefs } from '../lib/prefs.svelte'
import { type Messages, en } from './en'
import { ru } from './ru'

export type Locale = 'en' | 'ru'
export const locales: Locale[] = ['en', 'ru']
export const messages: Record<Locale, Messages> = { en, ru }

class I18n {
  locale = $state<Locale>('en')
  m = $derived<Messages>(messages[this.locale])

  start() {
    const wanted = navigator.languages?.find((l) => /^(en|ru)\b/.test(l)) ?? 'en'
    this.#apply(prefs.keptLocale() ?? (wanted.startsWith('ru') ? 'ru' : 'en'))
  }
  set(locale: Locale) { prefs.keepLocale(locale); this.#apply(locale) }
  #apply(locale: Locale) {
    this.locale = locale
    document.documentElement.lang = locale
  }
}
export const i18n = new I18n()
