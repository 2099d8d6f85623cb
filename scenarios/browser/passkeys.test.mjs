// Passkeys in a real browser with an authenticator of its own (Chromium's): added on the account screen, used
// on the login screen, renamed, removed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Visitor, desk, launch, phone, walks } from '../lib/browser.mjs'
import { PASSWORD } from '../lib/client.mjs'
import { freePort, Service } from '../lib/service.mjs'

let browser, service, url
before(async () => {
  // The page must come from the very origin that the service knows of.
  const port = await freePort()
  url = `http://localhost:${port}`
  service = await Service.start({ DOCKET_API_PUBLIC_URL: url }, { port })
  browser = await launch()
})
after(async () => { await browser?.close(); await service?.end() })

const say = {
  en: { add: 'New passkey', make: 'Make the passkey', name: 'Name', login: 'Log in with a passkey', change: 'Change', rename: 'Rename', remove: 'Remove it', out: 'Log out' },
  ru: { add: 'Новый ключ', make: 'Создать ключ', name: 'Название', login: 'Войти по ключу', change: 'Изменить', rename: 'Переименовать', remove: 'Удалить', out: 'Выйти' },
}
const withAuthenticator = async (v) => {
  const cdp = await v.context.newCDPSession(v.page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return { cdp, authenticatorId }
}

for (const [size, locale] of walks(phone, desk))
  test(`a passkey is added, opens the account, is renamed and removed: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, url, { size, locale })
    const w = say[locale], { page } = v
    const { cdp, authenticatorId } = await withAuthenticator(v)
    await v.signup()
    await page.goto(`${url}/app/account`)
    const card = page.locator('section', { has: page.locator('#passkeys-title') })
    await card.getByRole('button', { name: w.add }).click()
    await card.locator('#passkey-name').fill('pocket')
    await card.locator('#passkey-password').fill(PASSWORD)
    await card.getByRole('button', { name: w.make }).click()
    await card.getByText('pocket').waitFor()
    assert.equal((await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length, 1)

    await page.getByRole('button', { name: w.out }).click()
    await page.goto(`${url}/app/login`)
    await page.getByRole('button', { name: w.login }).click()
    await v.picker().waitFor({ state: 'attached' })

    await page.goto(`${url}/app/account`)
    await card.getByRole('button', { name: w.change }).click()
    await card.locator('#passkey-name').fill('drawer')
    await card.getByRole('button', { name: w.rename }).click()
    await card.getByText('drawer').waitFor()
    await card.getByRole('button', { name: w.change }).click()
    await card.locator('#passkey-password').fill('not the password 1')
    await card.getByRole('button', { name: w.remove }).click()
    await card.locator('#passkey-password-wrong').waitFor()
    await card.locator('#passkey-password').fill(PASSWORD)
    await card.getByRole('button', { name: w.remove }).click()
    await card.getByText('drawer').waitFor({ state: 'detached' })

    // The authenticator still has it; the service does not.
    await page.getByRole('button', { name: w.out }).click()
    await page.goto(`${url}/app/login`)
    await page.getByRole('button', { name: w.login }).click()
    await page.getByText(locale === 'ru' ? 'не подошёл' : 'was not accepted').waitFor()
    v.errors = v.errors.filter((e) => !/403/.test(e))
    await v.leave()
  })
