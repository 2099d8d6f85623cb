// What this device remembers, as the screens see it.
import { type Theme, keep, kept, keptTheme, wear } from './device'

class Prefs {
  theme = $state<Theme>(keptTheme())
  grid = $state(kept('docket.grid') === '1')

  setTheme(theme: Theme) {
    this.theme = theme
    keep('docket.theme', theme)
    wear(theme)
  }
  setGrid(grid: boolean) { this.grid = grid; keep('docket.grid', grid ? '1' : '0') }
}
export const prefs = new Prefs()
