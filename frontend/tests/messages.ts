// Both languages at once, as only tests want them.
import { en } from '../src/i18n/en'
import type { Locale } from '../src/i18n/languages'
import type { Messages } from '../src/i18n/en'
import { ru } from '../src/i18n/ru'

export const messages: Record<Locale, Messages> = { en, ru }
