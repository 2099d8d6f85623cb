// What this device remembers: language and theme. Nothing about papers.
import type { Locale } from '../i18n/index.svelte'

export type Theme = 'system' | 'light' | 'dark'
const read = (key: string) => { try { return localStorage.getItem(key) } catch { return null } }
const write = (key: string, value: string) => { try { localStorage.setItem(key, value) } catch { /* private window */ } }

class Prefs {
  theme = $state<Theme>('system')
  grid = $state(read('docket.grid') === '1')

  start() {
    const kept = read('docket.theme')
    this.setTheme(kept === 'light' || kept === 'dark' ? kept : 'system')
  }
  setTheme(theme: Theme) {
    this.theme = theme
    write('docket.theme', theme)
    if (theme === 'system') document.documentElement.removeAttribute('data-theme')
    else document.documentElement.setAttribute('data-theme', theme)
  }
  setGrid(grid: boolean) { this.grid = grid; write('docket.grid', grid ? '1' : '0') }
  keptLocale(): Locale | null {
    const kept = read('docket.locale')
    return kept === 'ru' || kept === 'en' ? kept : null
  }
  keepLocale(locale: Locale) { write('docket.locale', locale) }
}
export const prefs = new Prefs()
