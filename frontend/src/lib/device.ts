// What this device remembers: language, theme, the kind of list, whether somebody was logged in. Nothing about papers.
import type { Locale } from '../i18n/languages'

export type Theme = 'system' | 'light' | 'dark'
export const keep = (key: string, value: string | null) => {
  try { if (value === null) localStorage.removeItem(key); else localStorage.setItem(key, value) } catch { /* private window */ }
}
export const kept = (key: string) => { try { return localStorage.getItem(key) } catch { return null } }

export const keptTheme = (): Theme => {
  const theme = kept('docket.theme')
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}
export const wear = (theme: Theme) => {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.setAttribute('data-theme', theme)
  // The browser's own bar goes with it.
  for (const bar of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const { of } = bar.dataset
    bar.setAttribute('media', theme === 'system' ? `(prefers-color-scheme: ${of})` : of === theme ? 'all' : 'not all')
  }
}
// The language chosen here, else the first of the browser's that we speak.
export const wantedLocale = (): Locale => {
  const chosen = kept('docket.locale')
  if (chosen === 'ru' || chosen === 'en') return chosen
  return navigator.languages?.find((l) => /^(en|ru)\b/.test(l))?.startsWith('ru') ? 'ru' : 'en'
}
