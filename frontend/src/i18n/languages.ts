// Two languages, of which a person loads one.
import type { Messages } from './en'

export type Locale = 'en' | 'ru'
export const locales: Locale[] = ['en', 'ru']
export const languageNames: Record<Locale, string> = { en: 'English', ru: 'Русский' }
export const words: Record<Locale, () => Promise<Messages>> = {
  en: () => import('./en').then((m) => m.en),
  ru: () => import('./ru').then((m) => m.ru),
}
