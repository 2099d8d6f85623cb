// Every screen at phone and desktop size, in both themes and languages: axe finds nothing serious, nothing
// is wider than the screen, on a phone neither when that is narrow or its letters twice as large, what a finger
// is to hit is as large as one, and its picture is in build/test-logs/screens for people to look at.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { encryptedPdf } from '../lib/bad-files.mjs'
import { Visitor, file, launch, sizes } from '../lib/browser.mjs'
import { PASSWORD } from '../lib/client.mjs'
import { adminOf, root, sample, serviceFor } from '../lib/service.mjs'

const out = process.env.SCREENS ?? join(root, 'build/test-logs/screens')
mkdirSync(out, { recursive: true })
let browser, admin
const service = serviceFor({ before, after }, { DOCKET_API_PUBLIC_STATUS: 'on' }, async (s) => { browser = await launch(); admin = await adminOf(s) })
after(async () => { await browser?.close() })

const walk = async (size, locale, theme) => {
  const v = await Visitor.arrive(browser, service.url, { size, locale, theme, axe: true })
  const { page } = v
  const found = []
  const look = async (name, { whole = false } = {}) => {
    // What fades in has half its contrast: wait until what moves has come to rest.
    await page.waitForTimeout(350)
    await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getComputedTiming().iterations === Infinity))
    await page.screenshot({ path: join(out, `${name}-${size}-${locale}-${theme}.png`), fullPage: whole })
    found.push(...(await v.axe(name)))
    const fits = async (how) => { const wide = await v.tooWide(); if (wide > 0) found.push(`${name}: ${wide} px wider than the screen${how}`) }
    await fits('')
    if (size !== 'phone') return
    found.push(...(await v.tooSmall()).map((what) => `${name}: too small for a finger: ${what}`))
    await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; dispatchEvent(new Event('resize')) })
    await fits(', letters twice as large')
    await page.evaluate(() => { document.documentElement.style.fontSize = ''; dispatchEvent(new Event('resize')) })
    await page.setViewportSize({ width: 320, height: sizes.phone.height })
    await fits(' of 320 px')
    await page.setViewportSize(sizes.phone)
  }
  await page.goto(service.url)
  await page.locator('#email').waitFor()
  await look('01-login')
  await page.goto(`${service.url}/app/signup`)
  await page.locator('#email').fill('ann@example')
  await page.locator('#password').fill('seven brown')
  await page.locator('button[type=submit]').click()
  await look('02-signup')
  await v.signup()
  await page.locator('.empty').waitFor()
  await look('03-empty')
  await v.picker().setInputFiles([file('a.jpg', sample('receipt-en.jpg')), file('b.jpg', sample('receipt-ru.jpg'))])
  await page.locator('dialog[open] .shots img').nth(1).waitFor()
  await look('04-several')
  await page.getByRole('button', { name: v.w.separate }).click()
  await v.picker().setInputFiles([file('invoice.pdf', sample('invoice.pdf')), file('scan.pdf', sample('invoice-scan.pdf')), file('letter.tiff', sample('letter-fax.tiff'), 'image/tiff'), file('locked.pdf', encryptedPdf())])
  await v.papers().nth(3).waitFor()
  await look('05-reading')
  await page.locator('.pill.failed').waitFor()
  await v.read().nth(2).waitFor()
  await page.locator('.stage, .pill.queued').first().waitFor({ state: 'detached' })
  await look('06-library')
  await page.locator('.sift').click()
  await look('07-filters')
  await page.locator('.sift').click()
  await page.locator('.head button.icon').click()
  await page.locator('.head .button').last().click()
  await page.locator('.papers .check').first().check()
  await look('08-grid-selected')
  await page.locator('.head .button').last().click()
  await page.locator('.head button.icon').click()
  await page.locator('.papers a', { has: page.locator('.pill.failed') }).click()
  await page.locator('.oops').waitFor()
  await look('09-failed')
  await page.goBack()
  await v.read().last().locator('a').click()
  await page.locator('#facts-title').waitFor()
  await page.locator('.sheet img').evaluate((i) => i.decode())
  await look('10-result')
  await page.locator('#field-total').click()
  await look('11-editing')
  await page.locator('#items-title').scrollIntoViewIfNeeded()
  await look('12-whole', { whole: true })
  await page.goto(service.url)
  await page.locator('#find').fill('harbour')
  await page.locator('.papers mark').first().waitFor()
  await look('13-found')
  await page.goto(`${service.url}/app/spending`)
  await page.locator('section.card').first().waitFor()
  await look('25-spending')
  await page.goto(`${service.url}/app?trash=true`)
  await page.locator('.empty').waitFor()
  await look('14-trash')
  await page.goto(`${service.url}/app/account`)
  await page.locator('#devices-title ~ *, li.entry').first().waitFor()
  await look('15-account', { whole: true })
  await page.locator('.entry', { hasText: v.w.secondFactor }).getByRole('button').click()
  await page.locator('#guard-password').fill(PASSWORD)
  await page.locator('form .button.main').click()
  await page.locator('svg[role=img]').waitFor()
  await look('17-second-factor')
  await page.goto(`${service.url}/app/connections`)
  for (const [section, field, words] of [[0, '#feed-name', 'phone'], [1, '#token-name', 'scanner']]) {
    await page.locator('section').nth(section).getByRole('button').first().click()
    await page.locator(field).fill(words)
    await page.locator(field.replace('name', 'password')).fill(PASSWORD)
    await page.locator('form .button.main').click()
    await page.locator('section').nth(section).locator('.once').waitFor()
  }
  await page.locator('section').nth(2).getByRole('button').first().click()
  await page.locator('#hook-url').fill('http://example.org')
  await page.locator('#hook-password').fill(PASSWORD)
  await page.locator('form .button.main').click()
  await look('18-connections', { whole: true })
  await page.goto(`${service.url}/app/history`)
  await page.locator('li.entry').first().waitFor()
  await look('19-history')
  await page.evaluate(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')) })
  await page.evaluate(() => document.querySelector('.shoot').click())
  await page.locator('dialog [role=alert]').waitFor()
  await look('20-no-camera')
  await page.goto(`${service.url}/app/nowhere`)
  await page.locator('h1').waitFor()
  await look('16-lost')
  // What only admins see.
  await page.evaluate(() => fetch('/logout', { method: 'POST' }))
  await page.goto(`${service.url}/app/login`)
  await page.locator('#email').fill(admin.email)
  await page.locator('#password').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
  await page.locator('.empty, .papers').first().waitFor()
  await page.goto(`${service.url}/app/people`)
  await page.locator('li.person').first().waitFor()
  await page.locator('section').first().getByRole('button').first().click()
  await look('21-people')
  await page.locator('li.person .danger').first().click()
  await page.locator('dialog[open]').waitFor()
  await look('22-people-sure')
  await page.goto(`${service.url}/app/operator`)
  await page.locator('.tiles').waitFor()
  await look('23-operator', { whole: true })
  await page.goto(`${service.url}/app/status`)
  await page.locator('table').waitFor()
  await look('24-status', { whole: true })
  await v.context.close()
  assert.deepEqual([...found, ...v.errors], [])
}
// Two of the eight walks where time counts: each word, size and theme once. ALL_SCREENS=yes takes all, ONLY="phone ru" some.
const only = process.env.ONLY?.split(',') ?? (process.env.ALL_SCREENS === 'yes' ? null : ['phone ru light', 'desktop en dark'])
for (const size of ['phone', 'desktop'])
  for (const [locale, theme] of [['en', 'light'], ['ru', 'dark'], ['ru', 'light'], ['en', 'dark']]) {
    const name = `${size} ${locale} ${theme}`
    if (!only || only.some((o) => name.includes(o))) test(name, () => walk(size, locale, theme))
  }
