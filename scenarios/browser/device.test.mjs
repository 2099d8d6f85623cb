// Photos that are still on the device: what closing the app, losing the network, sharing from another app and the
// app's own camera do to them. The service worker runs, as it does for people.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Visitor, desk, file, launch, leash, phone, walks } from '../lib/browser.mjs'
import { PASSWORD } from '../lib/client.mjs'
import { sample, serviceFor } from '../lib/service.mjs'

let browser
const service = serviceFor({ before, after }, {}, async () => { browser = await launch(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']) })
after(async () => { await browser?.close() })

const receipt = () => file('receipt-en.jpg', sample('receipt-en.jpg'))
const installed = (v) => v.page.evaluate(async () => { await navigator.serviceWorker.ready; if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve)) })
const papersOf = async (v) => {
  const client = service.client()
  client.token = (await client.must(200, 'POST', '/login', { json: { email: v.email, password: PASSWORD } })).body.token
  return async () => (await client.must(200, 'GET', '/documents?limit=10')).body.items
}
const waits = (v) => v.page.getByText(v.locale === 'ru' ? /сохранены на этом устройстве/ : /safe on this device and go up/).first()

// A visitor whose network is on a leash, with the app on the device and one photo that could not go.
const cutOff = async (size, locale) => {
  const net = await leash(service.port)
  const v = await Visitor.arrive(browser, net.url, { size, locale })
  await v.signup()
  await installed(v)
  net.cut()
  await v.add([receipt()])
  await waits(v).waitFor()
  return { v, net, list: await papersOf(v) }
}

for (const [size, locale] of walks(phone, desk)) {
  test(`without a network the app opens from the device, shows what waits, and sends it once when it can: ${size}, ${locale}`, async () => {
    const { v, net, list } = await cutOff(size, locale)
    try {
      await v.page.reload()
      await v.page.locator('.away').waitFor()
      await v.page.getByText('receipt-en.jpg').first().waitFor()
      // And another can be taken.
      await v.page.locator(size === 'phone' ? 'nav .shoot' : 'nav .add').click({ trial: true })
      assert.equal((await list()).length, 0)
      net.mend()
      await v.read().first().waitFor()
      assert.equal((await list()).length, 1)
      await v.leave()
    } finally { net.close() }
  })
}

test('a photo goes up after its tab was closed: the browser wakes the service worker', async () => {
  const { v, net, list } = await cutOff('phone', 'en')
  try {
    const watcher = await v.context.newPage()
    const cdp = await v.context.newCDPSession(watcher)
    const registrations = []
    cdp.on('ServiceWorker.workerRegistrationUpdated', (e) => registrations.push(...e.registrations))
    await cdp.send('ServiceWorker.enable')
    await service.until('the worker is known', async () => registrations.some((r) => r.scopeURL.startsWith(net.url)))
    await v.page.close()
    net.mend()
    // What Chromium does by itself some time after the network is back.
    const { registrationId } = registrations.find((r) => r.scopeURL.startsWith(net.url))
    await cdp.send('ServiceWorker.dispatchSyncEvent', { origin: net.url, registrationId, tag: 'docket.upload', lastChance: false })
    await service.until('the photo is there', async () => (await list()).length === 1)
    // Whoever opens the app afterwards sends nothing twice.
    await v.tab()
    await v.page.goto(net.url)
    await v.read().first().waitFor()
    assert.equal((await list()).length, 1)
    await v.leave()
  } finally { net.close() }
})

// Submits a form with a file in it, as the share sheet of a phone does, and as any page of the web can.
const share = (page, action) => page.evaluate(([bytes, action]) => {
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', enctype: 'multipart/form-data', action })
  const input = Object.assign(document.createElement('input'), { type: 'file', name: 'file', multiple: true })
  const given = new DataTransfer()
  given.items.add(new File([new Uint8Array(bytes)], 'shared.jpg', { type: 'image/jpeg' }))
  input.files = given.files
  form.append(input)
  document.body.append(form)
  form.requestSubmit()
}, [[...sample('receipt-en.jpg')], action])

for (const [size, locale] of walks(['phone', 'en'], phone)) {
  test(`what another app shares lands among the papers when the person says so: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, service.url, { size, locale })
    await v.signup()
    await installed(v)
    await share(v.page, '/app/share')
    await v.page.waitForURL(/\/app$/)
    const ask = v.page.locator('.shared', { hasText: 'shared.jpg' })
    await ask.waitFor()
    const list = await papersOf(v)
    assert.deepEqual(await list(), [])
    await ask.locator('.button.main').click()
    await v.read().first().waitFor()
    assert.equal((await list())[0].file.name, 'shared.jpg')
    // A policy that forbids forms to go anywhere has nothing to say here: the share target is the browser's own.
    v.errors = v.errors.filter((e) => !/form-action/.test(e))
    await v.leave()
  })
}

test('a page of another site can put nothing among the papers', async () => {
  const v = await Visitor.arrive(browser, service.url, { size: 'desktop', locale: 'en' })
  await v.signup()
  await installed(v)
  const list = await papersOf(v)
  const site = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>cats</p>'))
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  try {
    await v.page.goto(`http://localhost:${site.address().port}`)
    await share(v.page, `${service.url}/app/share`)
    await v.page.locator('.shared', { hasText: 'shared.jpg' }).waitFor()
    await v.page.locator('.shared .button:not(.main)').click()
    await v.page.locator('.empty').waitFor()
    await v.page.reload()
    await v.page.locator('.empty').waitFor()
    assert.deepEqual(await list(), [])
    assert.equal(await v.page.locator('.shared').count(), 0)
  } finally { site.close() }
  // Where no service worker stands before it, the service itself takes no such thing.
  const form = new FormData()
  form.append('file', new Blob([sample('receipt-en.jpg')]), 'shared.jpg')
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, {}]) assert.ok((await fetch(`${service.url}/app/share`, { method: 'POST', body: form, headers })).status >= 400)
  await v.leave()
})

for (const [size, locale] of walks(phone, desk)) {
  test(`the camera shows its picture and advises, and what it takes goes up: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, service.url, { size, locale, permissions: ['camera'] })
    await v.signup()
    await v.page.locator('.empty .button.main').click()
    await v.page.locator('.shutter:enabled').waitFor()
    assert.ok((await v.page.locator('.advice').innerText()).trim().length > 10)
    assert.ok(await v.page.locator('video').evaluate((video) => video.videoWidth > 0))
    await v.page.locator('.shutter').click()
    // Chromium's made-up camera shows no paper; whatever the look says of it, the photo can be used.
    const anyway = v.page.locator('dialog[open] .answers .button.main')
    await Promise.race([anyway.waitFor().then(() => anyway.click()), v.papers().first().waitFor()])
    await v.papers().first().waitFor()
    // The camera is let go of.
    assert.equal(await v.page.locator('video').count(), 0)
    await v.leave()
  })
}

test('without a camera that may be seen there is the device’s own', async () => {
  const v = await Visitor.arrive(browser, service.url, { size: 'phone', locale: 'en' })
  await v.context.clearPermissions()
  await v.page.addInitScript(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')) })
  await v.signup()
  await v.page.locator('.empty .button.main').click()
  await v.page.locator('dialog [role=alert]').waitFor()
  const chooser = v.page.waitForEvent('filechooser')
  await v.page.locator('dialog .keys .button').last().click()
  await (await chooser).setFiles(receipt())
  await v.read().first().waitFor()
  await v.leave()
})
