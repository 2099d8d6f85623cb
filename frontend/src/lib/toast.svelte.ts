// One short sentence at a time about what just happened, with a way back where there is one.
import { forgets } from './forget'

export interface Toast { text: string; action?: { label: string; run: () => void }; id: number }

class Toasts {
  now = $state.raw<Toast | null>(null)
  #n = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  say(text: string, action?: Toast['action']) {
    clearTimeout(this.#timer)
    this.now = { text, id: ++this.#n, ...(action ? { action } : {}) }
    // Whoever reads slowly, or by ear, needs longer when there is something to decide.
    this.#timer = setTimeout(() => { this.now = null }, action ? 10_000 : 5000)
  }
  act() {
    const action = this.now?.action
    this.clear()
    action?.run()
  }
  clear() { clearTimeout(this.#timer); this.now = null }
}
export const toasts = new Toasts()
forgets(() => toasts.clear())
