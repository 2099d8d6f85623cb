// One person in a real browser: signs up, adds a receipt, watches it being read, sees what it says and
// where on the picture; a reload in the middle and one at the end change nothing.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { PASSWORD } from '../lib/client.mjs'
import { realReceipts, root, sample, sampleKey, serviceFor } from '../lib/service.mjs'

const shots = join(root, 'build/test-logs/browser')
mkdirSync(shots, { recursive: true })
let browser
const service = serviceFor({ before, after }, {}, async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
})
after(async () => { await browser?.close() })

const journey = async (name, bytes, seen, viewport) => {
  const file = join(shots, name)
  writeFileSync(file, bytes)
  const context = await browser.newContext({ locale: 'en-GB', viewport })
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (e) => errors.push(String(e)))
  page.on('console', (m) => { if (m.type() === 'error' && !/401/.test(m.text())) errors.push(m.text()) })
  const shot = (what) => page.screenshot({ path: join(shots, `${name}-${viewport.width}-${what}.png`), fullPage: true })
  try {
    await page.goto(service.url)
    const toSignup = page.getByRole('link', { name: 'Create account' })
    await page.getByLabel('E-mail').waitFor()
    if (await toSignup.count()) await toSignup.first().click()
    await page.getByLabel('E-mail').fill(`${name.replace(/\W/g, '')}-${viewport.width}@example.org`)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Create account' }).click()

    const input = page.locator('input[type=file]:not([capture])').first()
    await input.waitFor({ state: 'attached' })
    await shot('1-empty')
    await input.setInputFiles(file)
    // The app may ask about a picture that it finds blurred, or wait for nothing: either is its right.
    const anyway = page.getByRole('button', { name: 'Use anyway' })
    const shown = page.getByText(seen).first()
    await Promise.race([anyway.waitFor().then(() => anyway.click()), page.locator('a[href*="/app/"]').first().waitFor(), shown.waitFor()]).catch(() => {})
    await shot('2-on-its-way')
    await page.reload()

    // Wherever the app is now, the paper is in the list, and from there one click away.
    await page.getByText(seen).first().waitFor({ timeout: 60_000 })
    await shot('3-listed')
    if (!(await page.getByText('What it says').count())) await page.getByText(seen).first().click()
    await page.getByText('What it says').first().waitFor()
    await page.getByText(seen).first().waitFor()
    const picture = page.locator('img[src*="/pages/1"]').first()
    await picture.waitFor()
    assert.ok(await picture.evaluate((i) => i.decode().then(() => i.naturalWidth > 0)))
    assert.ok(await page.locator('svg polygon, svg rect, [data-region]').count() > 0, 'no box on the picture')
    await shot('4-result')
    await page.reload()
    await page.getByText(seen).first().waitFor()
    assert.deepEqual(errors, [])
  } catch (error) {
    await shot('failed').catch(() => {})
    throw new Error(`${error.message}\nscreenshots in ${shots}; the page said: ${errors.join('; ') || 'nothing'}`)
  } finally { await context.close() }
}

const facts = sampleKey('receipt-en')
for (const viewport of [{ width: 1280, height: 900 }, { width: 390, height: 844 }])
  test(`from signup to result, ${viewport.width} pixels wide`, () => journey('receipt-en.jpg', sample('receipt-en.jpg'), facts.total.amount, viewport))

const [real] = realReceipts(1)
test('from signup to result with a real receipt', { skip: real ? false : 'no ../shared/data beside this checkout' }, () =>
  journey(real.name, real.bytes, real.key.total.replace(/^\D+/, ''), { width: 1280, height: 900 }))
