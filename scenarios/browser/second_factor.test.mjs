// A second factor that is demanded, in a real browser: the app shows nothing else until it is set up, by an app's codes
// or by a passkey, and then what the person had come for; or they leave.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Visitor, desk, launch, phone } from '../lib/browser.mjs'
import { PASSWORD } from '../lib/client.mjs'
import { freePort, Service } from '../lib/service.mjs'
import { codeOf } from '../lib/totp.mjs'

let browser, service, url
before(async () => {
  const port = await freePort()
  url = `http://localhost:${port}`
  service = await Service.start({ DOCKET_API_PUBLIC_URL: url, DOCKET_API_SECOND_FACTOR: 'all' }, { port })
  browser = await launch()
})
after(async () => { await browser?.close(); await service?.end() })

const say = {
  en: { title: 'One more lock', on: 'Go on to my papers', begin: 'Set up', next: 'Go on', confirm: 'Confirm', keep: /recovery codes somewhere safe/, add: 'New passkey', make: 'Make the passkey', needs: /password alone does not open/,
    remove: 'Delete', really: 'Delete my account', goes: /goes for good on/, stay: 'Keep my account' },
  ru: { title: 'Нужен ещё один замок', on: 'К документам', begin: 'Настроить', next: 'Дальше', confirm: 'Подтвердить', keep: /запасные коды в надёжном месте/, add: 'Новый ключ', make: 'Создать ключ', needs: /Одного пароля/,
    remove: 'Удалить', really: 'Удалить мой аккаунт', goes: /исчезнет навсегда/, stay: 'Оставить аккаунт' },
}
const signup = async (v, email) => {
  await v.page.goto(`${url}/app/signup`)
  await v.page.locator('#email').fill(email)
  await v.page.locator('#password').fill(PASSWORD)
  await v.page.getByRole('button', { name: v.w.signup }).click()
  await v.page.getByRole('heading', { name: say[v.locale].title }).waitFor()
}
const login = async (v, email) => {
  await v.page.goto(`${url}/app/login`)
  await v.page.locator('#email').fill(email)
  await v.page.locator('#password').fill(PASSWORD)
  await v.page.getByRole('button', { name: v.w.login, exact: true }).click()
}
const looks = async (v, where) => {
  assert.deepEqual(await v.axe(where), [])
  assert.ok((await v.tooWide()) <= 0, `${where}: wider than its screen`)
  if (v.page.viewportSize().width < 500) assert.deepEqual(await v.tooSmall(), [], where)
}

for (const [size, locale] of [desk, phone])
  test(`nothing but codes until there are codes, and then the papers: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, url, { size, locale, axe: true })
    const w = say[locale], { page } = v, email = `codes-${size}@example.org`
    await signup(v, email)
    await looks(v, 'demanded')
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/demand-${size}-${locale}.png` })
    // There is no way round it.
    for (const path of ['/app', '/app/account', '/app/bills']) {
      await page.goto(url + path)
      await page.getByRole('heading', { name: w.title }).waitFor()
      assert.equal(await page.locator('nav').count(), 0)
    }
    await page.goto(`${url}/app/history`)
    await page.getByRole('button', { name: w.begin }).click()
    await page.locator('#guard-password').fill(PASSWORD)
    await page.getByRole('button', { name: w.next, exact: true }).click()
    const secret = (await page.locator('form code').textContent()).replaceAll(' ', '')
    await page.locator('#guard-code').fill(codeOf(secret))
    await page.getByRole('button', { name: w.confirm }).click()
    // The codes stay in sight until the person goes on.
    await page.getByText(w.keep).waitFor()
    await looks(v, 'codes')
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/demand-codes-${size}-${locale}.png`, fullPage: true })
    await page.getByRole('button', { name: w.on }).click()
    await page.locator('nav').first().waitFor()
    assert.match(page.url(), /\/app\/history$/)
    await v.leave()
  })

for (const [size, locale] of [phone, desk])
  test(`a passkey will do, and then the password alone is sent to it: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, url, { size, locale })
    const w = say[locale], { page } = v, email = `key-${size}@example.org`
    const cdp = await v.context.newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } })
    await signup(v, email)
    await page.getByRole('button', { name: w.add }).click()
    await page.locator('#passkey-password').fill(PASSWORD)
    await page.getByRole('button', { name: w.make }).click()
    await page.getByRole('button', { name: w.on }).click()
    await v.picker().waitFor({ state: 'attached' })
    await page.goto(`${url}/app/account`)
    await page.getByRole('button', { name: v.w.logout }).click()
    await login(v, email)
    await page.getByText(w.needs).waitFor()
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/demand-login-${size}-${locale}.png` })
    await v.leave()
  })

for (const [size, locale] of [phone, desk])
  test(`who wants no second lock may leave, and think again: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, url, { size, locale, axe: true })
    const w = say[locale], { page } = v
    await signup(v, `leaves-${size}@example.org`)
    await page.getByRole('button', { name: w.remove, exact: true }).click()
    await page.locator('#leave-password').fill('not the password 1')
    await page.getByRole('button', { name: w.really }).click()
    await page.locator('#leave-password[aria-invalid=true]').waitFor()
    await looks(v, 'leaving')
    await page.locator('#leave-password').fill(PASSWORD)
    await page.getByRole('button', { name: w.really }).click()
    await page.getByText(w.goes).waitFor()
    await page.reload()
    await page.getByText(w.goes).waitFor()
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/demand-leaving-${size}-${locale}.png`, fullPage: true })
    await page.getByRole('button', { name: w.stay }).click()
    await page.getByRole('button', { name: w.remove, exact: true }).waitFor()
    await page.getByRole('heading', { name: w.title }).waitFor()
    await v.leave()
  })

test('an app that is open when it is demanded of its person leads there by itself', async () => {
  const own = await Service.start({})
  try {
    const v = await Visitor.arrive(browser, own.url)
    await v.signup()
    await own.stop()
    own.settings.DOCKET_API_SECOND_FACTOR = 'all'
    await own.up()
    // Whatever it asks next; when it noticed that the service was away, that is whether it is back.
    const there = v.page.getByRole('heading', { name: say.en.title }), account = v.page.locator('nav a[href="/app/account"]')
    await account.or(there).first().waitFor()
    if (await account.isVisible()) await account.click({ timeout: 10_000 }).catch(() => {})
    await there.waitFor()
    await v.leave()
  } finally { await own.end() }
})
