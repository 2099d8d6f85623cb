// A form that is sent once at a time, and whose failures stand beside what caused them.
import { ApiError } from '../api/client'
import { i18n } from '../i18n/index.svelte'

export class Form {
  busy = $state(false)
  failure = $state.raw<ApiError | null>(null)
  wrong = $state<Record<string, string>>({}) // by the id of the input

  // `causes`: which code is whose fault. True when it was done.
  async send(act: () => Promise<unknown>, causes: Record<string, string> = {}): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.failure = null
    this.wrong = {}
    try {
      await act()
      return true
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError('internal', 0)
      const input = causes[problem.code]
      const words = i18n.m.errors[problem.code]
      if (input && words) this.blame(input, `${words.title} ${words.advice}`)
      else this.failure = problem
      return false
    } finally {
      this.busy = false
    }
  }
  blame(input: string, words: string) {
    this.wrong = { ...this.wrong, [input]: words }
    document.getElementById(input)?.focus()
  }
}
