// What comes first, and is small: the look, the language, and the questions whose answers the first screen wants, so
// that they are on their way while the app still is.
import './styles/tokens.css'
import './styles/base.css'
import { words } from './i18n/languages'
import { kept, keptTheme, wantedLocale, wear } from './lib/device'
import { WHO, askEarly, firstPage } from './lib/early'
import { reloadWhenNewer } from './lib/newer'
import { parse } from './lib/route'
import { screens } from './screens'

const locale = wantedLocale()
const { screen } = parse(location.pathname)
wear(keptTheme())
document.documentElement.lang = locale
askEarly(WHO)
// Only where somebody was logged in: to a stranger it would be a failure in the console.
if (screen === 'library' && kept('docket.here')) askEarly(firstPage(location.search))
const first = screens[screen]()
// What the page shows by itself is seen before the app takes its place; nobody looks at a page in the background.
const seen = document.hidden ? null : new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
void Promise.all([import('./app'), words[locale](), first, seen])
  .then(([{ start }, messages]) => start(locale, messages))
reloadWhenNewer()
