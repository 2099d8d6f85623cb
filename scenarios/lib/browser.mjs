// A person at the web app, in Debian's Chromium: phone or desktop, English or Russian. Words are looked
// up in the app's own two languages, so that the same journey runs in both.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { chromium } from 'playwright-core'
import { PASSWORD } from './client.mjs'
import { root } from './service.mjs'

// Where a walk is taken, [size, language]: the first of these, and with ALL_SCREENS=yes (./test --long) each of them.
// What differs by size and language is looked at on every screen of both (screens.test.mjs), and from signup to a
// correction people walk in both.
export const allWalks = process.env.ALL_SCREENS === 'yes'
export const [desk, phone] = [['desktop', 'en'], ['phone', 'ru']]
export const walks = (...places) => (allWalks ? places : places.slice(0, 1))

export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } }
export const launch = (args = []) => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu', ...args] })

const axeSource = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// What a person sees on the buttons that journeys press.
export const words = {
  en: { signup: 'Create account', login: 'Log in', email: 'E-mail', password: 'Password', separate: 'Separate papers', join: 'One document', anyway: 'Use anyway', fields: 'What it says', next: 'Check',
    total: 'Total', save: 'Save', done: 'Read', failed: 'Not read', retry: 'Read it again', search: 'Search', filters: 'Filters', undo: 'Undo', right: 'It is right', logout: 'Log out', secondFactor: 'Second factor' },
  ru: { signup: 'Создать аккаунт', login: 'Войти', email: 'Эл. почта', password: 'Пароль', separate: 'Разные документы', join: 'Один документ', anyway: 'Всё равно отправить', fields: 'Данные документа', next: 'Проверить',
    total: 'Итого', save: 'Сохранить', done: 'Прочитано', failed: 'Не прочитано', retry: 'Прочитать снова', search: 'Поиск', filters: 'Фильтры', undo: 'Отменить', right: 'Всё верно', logout: 'Выйти', secondFactor: 'Двухфакторный вход' },
}

let n = 0
export class Visitor {
  errors = []
  // options: size, locale, theme; axe needs the service worker and the policy away, and what it looks at to stand still
  static async arrive(browser, url, { size = 'desktop', locale = 'en', theme = 'light', axe = false, permissions = [] } = {}) {
    const v = new Visitor()
    v.url = url
    v.w = words[locale]
    v.locale = locale
    v.context = await browser.newContext({ viewport: sizes[size], hasTouch: size === 'phone', isMobile: size === 'phone', deviceScaleFactor: size === 'phone' ? 2 : 1,
      locale: locale === 'ru' ? 'ru-RU' : 'en-GB', colorScheme: theme, timezoneId: 'Europe/Berlin', permissions, ...(axe ? { bypassCSP: true, serviceWorkers: 'block', reducedMotion: 'reduce' } : {}) })
    await v.tab()
    return v
  }
  // What the security policy had to stop is a fault of the app, whether or not it reached the console.
  async tab() {
    const page = await this.context.newPage()
    page.setDefaultTimeout(90_000)
    page.on('pageerror', (e) => this.errors.push(String(e)))
    // Being cut off on purpose is no error of the page, and neither is what it asked for and was refused.
    page.on('console', (m) => { if (/policy violation:/.test(m.text()) || (m.type() === 'error' && !/\b(404|412|422|ERR_|Failed to load resource)/.test(m.text()))) this.errors.push(m.text()) })
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.warn(`policy violation: ${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`)))
    this.page = page
    return page
  }
  async signup() {
    this.email = `person-${process.pid}-${++n}@example.org`
    await this.page.goto(`${this.url}/app/signup`)
    await this.page.locator('#email').fill(this.email)
    await this.page.locator('#password').fill(PASSWORD)
    await this.page.getByRole('button', { name: this.w.signup }).click()
    await this.picker().waitFor({ state: 'attached' })
  }
  picker() { return this.page.getByTestId('picker') }
  // Adds files as a person would, saying that each is a paper of its own.
  async add(files) {
    await this.picker().setInputFiles(files)
    if (files.length > 1) await this.page.getByRole('button', { name: this.w.separate }).click()
  }
  papers() { return this.page.locator('.papers .card-line') }
  read() { return this.page.locator('.papers .card-line', { has: this.page.locator('.sum .num') }) }
  async axe(where) {
    await this.page.evaluate(axeSource())
    const { violations } = await this.page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
    const bad = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
    return bad.map((v) => `${where}: ${v.id}: ${v.nodes.slice(0, 4).map((x) => `${x.html.slice(0, 140)} ${x.any[0]?.message ?? ''}`).join(' | ')}`)
  }
  // Against the width it was laid out for: a phone zooms out when the page is wider, and innerWidth with it.
  async tooWide() { return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth) }
  // What a finger would miss: less than 44 pixels. A link within a line of text is as high as its line, and a box that is
  // ticked within its label or its row is as large as that.
  async tooSmall() {
    return this.page.evaluate(() => [...document.querySelectorAll('a,button,input:not([type=file]),select,textarea,summary')].filter((e) => {
      const { width, height } = (e.closest('label') ?? e.closest('.card-line:has(.check)') ?? e).getBoundingClientRect()
      return width > 1 && height > 1 && (width < 43.5 || height < 43.5) && !e.closest('.sr,.skip') && getComputedStyle(e).visibility === 'visible' && !(e.tagName === 'A' && getComputedStyle(e).display === 'inline')
    }).map((e) => `${e.outerHTML.slice(0, 120)} ${JSON.stringify(e.getBoundingClientRect().toJSON())}`))
  }
  async leave() {
    await this.context.close()
    assert.deepEqual(this.errors, [])
  }
}
export const file = (name, bytes, mimeType = name.endsWith('.pdf') ? 'application/pdf' : 'image/jpeg') => ({ name, mimeType, buffer: bytes })
export { root }

// The stretch of network between a phone and the service: it can be slow, and it can break.
export const leash = async (port) => {
  const sockets = new Set()
  const state = { pace: 0, cut: false } // bytes a second towards the service; 0: as fast as it goes
  const server = createServer((near) => {
    if (state.cut) return near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const s of [near, far]) { sockets.add(s); s.on('error', () => {}); s.on('close', () => { sockets.delete(s); near.destroy(); far.destroy() }) }
    far.pipe(near)
    near.on('data', (bytes) => {
      far.write(bytes)
      if (state.pace) { near.pause(); setTimeout(() => near.resume(), (bytes.length / state.pace) * 1000) }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    slow: (pace) => { state.pace = pace },
    cut: () => { state.cut = true; for (const s of sockets) s.destroy() },
    mend: () => { state.cut = false; state.pace = 0 },
    close: () => { for (const s of sockets) s.destroy(); server.close() },
  }
}
