import { mount } from 'svelte'
import App from './App.svelte'
import { i18n } from './i18n/index.svelte'
import { prefs } from './lib/prefs.svelte'
import { router } from './lib/router.svelte'
import { session } from './lib/session.svelte'
import './styles/tokens.css'
import './styles/base.css'

prefs.start()
i18n.start()
router.start()
void session.start()
mount(App, { target: document.getElementById('app')! })
// A screen of an older version is not there any more: the newer app has it.
addEventListener('vite:preloadError', () => location.reload())
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js').catch(() => undefined) // without it the app works, online
}
