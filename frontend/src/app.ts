import { mount } from 'svelte'
import App from './App.svelte'
import type { Messages } from './i18n/en'
import { i18n } from './i18n/index.svelte'
import type { Locale } from './i18n/languages'
import { whenIdle } from './lib/idle'
import { router } from './lib/router.svelte'
import { session } from './lib/session.svelte'

export const start = (locale: Locale, messages: Messages) => {
  i18n.use(locale, messages)
  router.start()
  void session.start()
  const target = document.getElementById('app')!
  target.replaceChildren() // the shell that stood in for us
  mount(App, { target })
  if (import.meta.env.PROD && 'serviceWorker' in navigator) {
    // It fetches the whole shell: after what the person waits for. Without it the app works, online.
    whenIdle(() => void navigator.serviceWorker.register('/sw.js').catch(() => undefined))
  }
}
