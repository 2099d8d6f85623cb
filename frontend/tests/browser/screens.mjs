// Every screen at phone and desktop size, both themes, both languages, looked over by axe, with its
// picture in the folder named: node tests/browser/screens.mjs OUT. Needs a built app (npm run build).
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { start } from '../fake/serve.mjs'

const out = process.argv[2] ?? 'dist-screens'
mkdirSync(out, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const samples = new URL('../../../samples/', import.meta.url).pathname
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
let bad = 0
for (const [size, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } }))
  for (const [locale, theme] of [['en', 'light'], ['ru', 'dark'], ['ru', 'light'], ['en', 'dark']]) {
    const service = await start()
    const context = await browser.newContext({ viewport, locale: locale === 'ru' ? 'ru-RU' : 'en-GB', colorScheme: theme, bypassCSP: true, serviceWorkers: 'block' })
    const page = await context.newPage()
    page.on('pageerror', (e) => { console.log(`page error: ${e}`); bad++ })
    const look = async (name) => {
      await page.screenshot({ path: join(out, `${size}-${locale}-${theme}-${name}.png`), fullPage: true })
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => globalThis.axe.run())
      for (const v of violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')) {
        console.log(`${size} ${locale} ${theme} ${name}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
        bad++
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) { console.log(`${size} ${locale} ${name}: ${wide} px too wide`); bad++ }
    }
    await page.goto(service.url)
    await page.locator('#email').waitFor()
    await look('login')
    await page.goto(`${service.url}/app/signup`)
    await page.locator('#email').fill('ann@example.org')
    await page.locator('#password').fill('seven brown')
    await look('signup')
    await page.locator('button[type=submit]').click()
    const picker = page.getByTestId('picker')
    await picker.waitFor({ state: 'attached' })
    await page.locator('.empty').waitFor()
    await look('empty')
    await picker.setInputFiles([`${samples}receipt-en.jpg`, `${samples}receipt-ru.jpg`])
    await page.locator('dialog[open] .shots img').first().waitFor()
    await look('several')
    await page.locator('dialog .button.main').click()
    await picker.setInputFiles({ name: 'encrypted.pdf', mimeType: 'application/pdf', buffer: readFileSync(`${samples}invoice.pdf`) })
    await page.locator('li .pill').first().waitFor()
    await look('reading')
    await page.locator('li .pill.failed').waitFor()
    await page.locator('li .num').nth(1).waitFor()
    const listed = await page.locator('ul.list > li a').count()
    if (listed !== 3) { console.log(`${listed} documents from 3 files`); bad++ }
    await look('library')
    await page.locator('.tools .button.icon').click()
    await page.locator('summary').click()
    await look('grid')
    await page.locator('ul li a', { has: page.locator('.pill.failed') }).click()
    await page.locator('.oops').waitFor()
    await look('failed')
    await page.goBack()
    await page.locator('ul li a', { has: page.locator('.num') }).first().click()
    await page.locator('.value').nth(1).click()
    await look('result')
    await page.goto(`${service.url}/app/account`)
    await page.locator('fieldset').first().waitFor()
    await look('account')
    await context.close()
    service.close()
  }
await browser.close()
console.log(bad ? `${bad} findings` : 'axe: nothing serious')
process.exit(bad ? 1 : 0)
