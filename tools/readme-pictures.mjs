// The pictures of the README, taken of the app as it is: node tools/readme-pictures.mjs, after a build. Look at them
// before they are committed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Visitor, launch } from '../scenarios/lib/browser.mjs'
import { encryptedPdf } from '../scenarios/lib/bad-files.mjs'
import { PASSWORD } from '../scenarios/lib/client.mjs'
import { Service, root, sample } from '../scenarios/lib/service.mjs'

const service = await Service.start()
const browser = await launch()
// scale: a phone's picture is drawn finer than it is wide, as its screen is.
const take = async (page, name, scale = 1) => {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getComputedTiming().iterations === Infinity))
  const { width, height } = page.viewportSize()
  const cdp = await page.context().newCDPSession(page)
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 80, clip: { x: 0, y: await page.evaluate(() => scrollY), width, height, scale } })
  writeFileSync(join(root, 'docs', `${name}.webp`), Buffer.from(data, 'base64'))
}
const openTotal = async (page) => {
  await page.locator('.sheet img').evaluate((i) => i.decode())
  await page.locator('#field-total').click()
  await page.locator('#edit-total').waitFor()
}
try {
  const phone = await Visitor.arrive(browser, service.url, { size: 'phone' })
  await phone.signup()
  const client = service.client()
  client.token = (await client.must(200, 'POST', '/login', { json: { email: phone.email, password: PASSWORD } })).body.token
  for (const name of ['receipt-en.jpg', 'receipt-ru.jpg', 'invoice.pdf', 'invoice-scan.pdf', 'letter-fax.tiff']) await client.read(sample(name), { name })
  await client.finished((await client.upload(encryptedPdf(), { name: 'locked.pdf' })).id)
  await phone.page.reload()
  await phone.page.locator('.thumb img').first().waitFor()
  await take(phone.page, 'app-library', 4 / 3)
  await phone.read().last().locator('a').click()
  await phone.page.locator('#facts-title').waitFor()
  await openTotal(phone.page)
  await take(phone.page, 'app-phone', 4 / 3)

  const desk = await Visitor.arrive(browser, service.url, { size: 'desktop' })
  await desk.page.goto(`${service.url}/app/login`)
  await desk.page.locator('#email').fill(phone.email)
  await desk.page.locator('#password').fill(PASSWORD)
  await desk.page.getByRole('button', { name: desk.w.login }).click()
  await desk.read().last().locator('a').click()
  await desk.page.locator('#facts-title').waitFor()
  await openTotal(desk.page)
  await take(desk.page, 'app-review')
} finally {
  await browser.close()
  await service.end()
}
