// A place to put parts of a screen on, and a service that answers by a script.
import { flushSync, mount, unmount } from 'svelte'
import { afterEach, beforeEach, vi } from 'vitest'
import { i18n } from '../src/i18n/index.svelte'
import type { Locale } from '../src/i18n/languages'
import { messages } from './messages'

const shown: Record<string, unknown>[] = []
export const speak = (locale: Locale) => i18n.use(locale, messages[locale])
export const stage = () => {
  beforeEach(() => {
    speak('en')
    vi.stubGlobal('matchMedia', () => ({ matches: true }))
    vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
    Element.prototype.scrollIntoView = () => {}
    Element.prototype.animate ??= (() => ({ finished: Promise.resolve(), cancel() {} })) as never
    HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) { this.open = true }
    HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) { this.open = false }
  })
  afterEach(() => { shown.splice(0).forEach((s) => void unmount(s)); document.body.innerHTML = ''; vi.unstubAllGlobals() })
}
// Answers with how it is left.
export const show = (part: never, props: Record<string, unknown> = {}) => {
  const it = mount(part, { target: document.body, props })
  shown.push(it)
  flushSync()
  return () => { shown.splice(shown.indexOf(it), 1); void unmount(it); flushSync() }
}
export const el = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector)!
export const type = (selector: string, text: string) => { const input = el<HTMLInputElement>(selector); input.value = text; input.dispatchEvent(new Event('input', { bubbles: true })); flushSync() }
export const press = (selector: string, key: string) => { el(selector).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); flushSync() }
export const button = (words: string) => [...document.querySelectorAll<HTMLButtonElement>('button')].find((b) => b.textContent?.trim() === words || b.getAttribute('aria-label') === words)!
export const tap = (words: string) => { button(words).click(); flushSync() }

// What was asked, and what is answered: "POST /feeds" -> [status, body].
export const serve = (answers: Record<string, [number, unknown] | ((body: unknown) => [number, unknown])>) => {
  const asked: [string, unknown][] = []
  vi.stubGlobal('fetch', async (path: string, init: { method: string; body: string | null }) => {
    const name = `${init.method} ${path}`
    const body: unknown = init.body ? JSON.parse(init.body) : null
    asked.push([name, body])
    const answer = answers[name]
    if (!answer) throw new Error(`nobody expects ${name}`)
    const [status, said] = typeof answer === 'function' ? answer(body) : answer
    return new Response(said === null ? null : JSON.stringify(said), { status })
  })
  return asked
}
// What was asked first has been answered.
export const settle = async () => { await new Promise((resolve) => setTimeout(resolve)); flushSync() }
