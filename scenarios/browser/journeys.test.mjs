// What people do with the app, in a real browser against the real service: on a phone and at a desk, in
// English and in Russian. What a phone goes through (no network, a service that dies) it comes out of by itself.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { encryptedPdf } from '../lib/bad-files.mjs'
import { Visitor, allWalks, desk, file, launch, leash, phone, walks } from '../lib/browser.mjs'
import { PASSWORD } from '../lib/client.mjs'
import { paperSaying } from '../lib/papers.mjs'
import { killQuietly, realReceipts, sample, sampleKey, Service, serviceFor } from '../lib/service.mjs'

let browser
const service = serviceFor({ before, after }, {}, async () => { browser = await launch() })
after(async () => { await browser?.close() })

const each = (name, combinations, journey, options = {}) => {
  for (const [size, locale] of combinations)
    test(`${name}: ${size}, ${locale}`, options, async () => {
      const v = await Visitor.arrive(browser, service.url, { size, locale })
      try { await journey(v) } catch (error) {
        await v.page.screenshot({ path: `build/test-logs/journey-failed-${size}-${locale}.png` }).catch(() => {})
        throw error
      }
      await v.leave()
    })
}
const receipt = () => file('receipt-en.jpg', sample('receipt-en.jpg'))
const facts = sampleKey('receipt-en')
const openNewest = async (v) => { await v.read().first().locator('a').click(); await v.page.locator('#facts-title').waitFor() }

// A word that the picture shows just now, when it has come to rest, and where it stands on the screen.
const wordInSight = async (page) => {
  const at = () => page.evaluate(() => { const { x, y, width, height } = document.querySelector('.sheet').getBoundingClientRect(); return [x, y, width, height].join() })
  for (let last = ''; last !== (last = await at()); ) await page.waitForTimeout(200)
  const word = await page.evaluate(async () => {
    const result = await (await fetch(`/results/${location.pathname.split('/').pop()}`)).json()
    const [sheet, frame] = ['.sheet', '.frame'].map((s) => document.querySelector(s).getBoundingClientRect())
    return result.pages[0].words.filter((w) => /^[A-Z]{4,}$/.test(w.t)).map((w) => {
      const [l, t, r, b] = w.b.length === 4 ? w.b : [w.b[0], w.b[1], w.b[4], w.b[5]]
      return { t: w.t, x: sheet.x + ((l + r) / 2) * sheet.width, y: sheet.y + ((t + b) / 2) * sheet.height }
    }).find((w) => w.x > frame.left + 20 && w.x < frame.right - 20 && w.y > frame.top + 20 && w.y < frame.bottom - 80)
  })
  assert.ok(word, 'no word in sight')
  return word
}

each('signup, photo, result, correction', allWalks ? [desk, phone, ['phone', 'en'], ['desktop', 'ru']] : [desk, phone], async (v) => {
  await v.signup()
  await v.add([receipt()])
  await v.read().first().waitFor()
  await openNewest(v)
  const { page } = v
  await page.getByText(facts.total.amount.replace('.', v.locale === 'ru' ? ',' : '.')).first().waitFor()
  assert.ok(await page.locator('.sheet img').evaluate((i) => i.decode().then(() => i.naturalWidth > 0)), 'no picture')
  assert.ok((await page.locator('.sheet polygon').count()) > 0, 'no boxes')
  // The value is put right, by typing and Enter, and is still so after a reload.
  await page.locator('#field-merchant_name').click()
  await page.locator('#edit-merchant_name').fill('The Corner Shop')
  await page.locator('#edit-merchant_name').press('Enter')
  await page.locator('#field-merchant_name', { hasText: 'The Corner Shop' }).waitFor()
  await page.reload()
  await page.locator('h1', { hasText: 'The Corner Shop' }).waitFor()
  // By a tap on the picture: the word goes into the field.
  await page.locator('#field-merchant_name').click()
  const word = await wordInSight(page)
  await page.mouse.click(word.x, word.y)
  await page.waitForFunction((text) => document.querySelector('#edit-merchant_name').value === text, word.t)
  // And back to what was read.
  await page.locator('#field-merchant_name').click()
  await page.locator('#field-merchant_name').click()
  await page.locator('.panel .button.quiet').first().click()
  await page.locator('#field-merchant_name', { hasText: /harbour/i }).waitFor()
})

each('twelve files at once', walks(desk, phone), async (v) => {
  await v.signup()
  await v.picker().setInputFiles(Array.from({ length: 12 }, (_, i) => file(`paper-${i}.pdf`, paperSaying(`NUMBER${i}`))))
  // PDFs are papers of their own: no question is asked.
  await v.papers().nth(11).waitFor()
  await v.page.waitForFunction(() => document.querySelectorAll('.papers .card-line').length === 12 && !document.querySelector('.papers .pill.queued, .papers .stage'))
  const listed = await v.page.evaluate(async () => (await (await fetch('/documents?limit=200')).json()).items.length)
  assert.equal(listed, 12)
})

each('the network goes in mid-upload and comes back', walks(phone, desk), async (v) => {
  const net = await leash(service.port)
  try {
    v.url = net.url
    await v.signup()
    net.slow(20_000)
    await v.add([receipt()])
    await v.page.waitForFunction(() => Number(document.querySelector('.bar[role=progressbar]')?.getAttribute('aria-valuenow')) > 1000)
    net.cut()
    await v.page.getByText(v.locale === 'ru' ? /сохранены на этом устройстве/ : /safe on this device and go up/).first().waitFor()
    // Closing the tab loses nothing either: the photo is in this device's own store, the app in its worker.
    await v.page.close()
    await v.tab()
    await v.page.goto(v.url).catch(() => {})
    net.mend()
    if (!(await v.picker().count())) await v.page.goto(v.url)
    await v.read().first().waitFor()
    const listed = await v.page.evaluate(async () => (await (await fetch('/documents?limit=200')).json()).items.length)
    assert.equal(listed, 1)
  } finally { net.close() }
})

each('a paper that cannot be read says why and what to do', walks(desk, phone), async (v) => {
  await v.signup()
  await v.add([file('locked.pdf', encryptedPdf())])
  await v.page.locator('.pill.failed').waitFor()
  await v.papers().first().locator('a').click()
  await v.page.locator('.oops', { hasText: v.locale === 'ru' ? /защищён паролем[^]*копию без пароля/ : /protected by a password[^]*copy without the password/ }).waitFor()
  // Reading it again could end no other way; the copy goes up from here.
  assert.equal(await v.page.getByRole('button', { name: v.w.retry }).count(), 0)
  const chooser = v.page.waitForEvent('filechooser')
  await v.page.getByRole('button', { name: v.locale === 'ru' ? 'Добавить другой файл' : 'Add another file' }).click()
  await (await chooser).setFiles([receipt()])
  await v.page.getByRole('link', { name: v.locale === 'ru' ? 'К документам' : 'Back to documents' }).last().click()
  await v.read().first().waitFor()
})

each('a reading that was stopped can be taken up again', walks(desk, phone), async (v) => {
  await v.signup()
  const frozen = service.parsers().map((c) => c.pid)
  assert.ok(frozen.length > 0)
  for (const pid of frozen) killQuietly(pid, 'SIGSTOP')
  try {
    await v.add([receipt()])
    await v.papers().first().locator('a').click()
    await v.page.getByRole('button', { name: v.locale === 'ru' ? 'Остановить' : 'Stop reading' }).click()
    await v.page.getByRole('button', { name: v.w.retry }).waitFor()
  } finally { for (const pid of frozen) killQuietly(pid, 'SIGCONT') }
  await v.page.getByRole('button', { name: v.w.retry }).click()
  await v.page.locator('#facts-title').waitFor()
})

each('search and filters', walks(phone, desk), async (v) => {
  await v.signup()
  const { page } = v
  await v.add([receipt(), file('receipt-ru.jpg', sample('receipt-ru.jpg'))])
  await v.picker().setInputFiles([file('invoice.pdf', sample('invoice.pdf'))])
  await v.read().nth(2).waitFor()
  await page.locator('#find').fill('harbour')
  await page.waitForFunction(() => document.querySelectorAll('.papers .card-line').length === 1)
  assert.match(page.url(), /q=harbour/)
  // Into the paper and back: the search is still there.
  await openNewest(v)
  await page.goBack()
  await page.waitForFunction(() => document.querySelector('#find')?.value === 'harbour' && document.querySelectorAll('.papers .card-line').length === 1)
  await page.locator('#find').fill('nothing like this')
  await page.locator('.nothing').waitFor()
  await page.locator('.nothing button').click()
  await v.read().nth(2).waitFor()
  await page.locator('.sift').click()
  await page.locator('#f-min').fill('1000')
  await page.waitForFunction(() => document.querySelectorAll('.papers .card-line').length === 1)
  await page.locator('#f-min').fill('')
  await v.read().nth(2).waitFor()
  await page.locator('#f-from').fill('2026-03-01')
  await page.locator('#f-from').dispatchEvent('change')
  await page.waitForFunction(() => document.querySelectorAll('.papers .card-line').length === 2)
})

each('into the trash and back', walks(desk, phone), async (v) => {
  await v.signup()
  const { page } = v
  await v.add([receipt()])
  await v.read().first().waitFor()
  await page.locator('.head .button').last().click()
  await page.locator('.papers .check').first().check()
  await page.locator('.chosen .button.danger').click()
  await page.getByRole('button', { name: v.w.undo }).waitFor()
  await page.locator('.empty').waitFor()
  await page.goto(`${v.url}/app?trash=true`)
  await v.papers().first().waitFor()
  await page.locator('.head .button').last().click()
  await page.locator('.papers .check').first().check()
  await page.locator('.chosen .button').nth(1).click()
  await page.locator('.empty').waitFor()
  await page.goto(v.url)
  await v.read().first().waitFor()
})

each('what is doubtful is checked paper after paper with one key, and a bill is paid', walks(desk, phone), async (v) => {
  await v.signup()
  const { page } = v
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  await v.picker().setInputFiles([file('gas.pdf', paperSaying('GAS', `PAY BY ${soon}`)), file('water.pdf', paperSaying('WATER'))])
  await v.read().nth(1).waitFor()
  await page.locator('.asks a', { hasText: '2' }).click()
  for (const last of [false, true]) {
    await page.locator('#facts-title').waitFor()
    // A value that stands there is confirmed; one that does not is said to be missing.
    for (let i = 0; i < 12 && !(await page.locator('#next-paper').count()); i++) {
      const before = await page.locator('.state').innerText()
      const input = page.locator('.panel input, .panel select, .panel textarea').first()
      if (await input.inputValue()) await input.press('Enter')
      else await page.locator('.panel .button.quiet').first().click()
      await page.waitForFunction((text) => document.querySelector('.state').innerText !== text, before)
    }
    await page.waitForFunction(() => document.activeElement?.id === 'next-paper')
    const here = page.url()
    await page.keyboard.press('Enter')
    await page.waitForFunction((url) => location.href !== url, here)
    assert.equal(/check=1/.test(page.url()), !last, page.url())
  }
  await v.read().nth(1).waitFor()
  await page.locator('.asks a[href="/app/bills"]').click()
  await page.locator('li.entry', { hasText: '12' }).getByRole('button').click()
  await page.locator('.none').waitFor()
  await page.getByRole('button', { name: v.w.undo }).click()
  await page.locator('#soon-title').waitFor()
})

// One page, two people, no reload between them: of the first one's papers the second sees nothing, not for a moment.
each('a second person at the same page sees nothing of the first', walks(phone, desk), async (v) => {
  await v.signup()
  const { page } = v
  await v.add([receipt()])
  await v.read().first().waitFor()
  const shop = await v.papers().first().locator('.what strong').innerText()
  await page.locator('#find').fill('harbour')
  await page.locator('.papers mark').first().waitFor()
  // What the page shows from the end of the session on, be it for one frame.
  const watchFor = (words) => page.evaluate((words) => {
    globalThis.shown = []
    const look = () => { for (const w of words) if (document.body.innerText.includes(w) || [...document.querySelectorAll('input')].some((i) => i.value.includes(w))) globalThis.shown.push(`${location.pathname}${location.search}: ${w}`) }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  }, words)
  await page.locator('header nav a[href="/app/account"]').click()
  await page.getByRole('button', { name: v.w.logout, exact: true }).last().click()
  await page.locator('#email').waitFor()
  await watchFor([shop, 'harbour', 'receipt-en.jpg', v.email])
  await page.locator('a[href="/app/signup"]').click()
  await page.locator('#email').fill(v.email.replace('person', 'second'))
  await page.locator('#password').fill(PASSWORD)
  await page.getByRole('button', { name: v.w.signup }).click()
  await page.locator('.empty').waitFor()
  assert.equal(new URL(page.url()).search, '')
  assert.deepEqual(await page.evaluate(() => globalThis.shown), [])
})

// No pointer at all: Tab, Enter, arrows.
each('keyboard only', walks(desk, ['desktop', 'ru']), async (v) => {
  const { page } = v
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName)
  const tabTo = async (holds, most = 60) => {
    for (let i = 0; i < most; i++) { await page.keyboard.press('Tab'); if (await page.evaluate(holds)) return }
    throw new Error(`never reached; the focus is at ${await focused()}`)
  }
  await page.goto(`${service.url}/app/signup`)
  await page.locator('#email').waitFor()
  await tabTo(() => document.activeElement?.id === 'email')
  await page.keyboard.type(`keys-${v.locale}-${process.pid}@example.org`)
  await page.keyboard.press('Tab')
  await page.keyboard.type('seven brown teapots 41')
  await page.keyboard.press('Enter')
  await v.picker().waitFor({ state: 'attached' })
  // The chooser of files is the system's own: it is opened by a key, and then given the file.
  const chooser = page.waitForEvent('filechooser')
  await tabTo(() => document.activeElement?.classList.contains('add'))
  await page.keyboard.press('Enter')
  await (await chooser).setFiles(receipt())
  await v.read().first().waitFor()
  await tabTo(() => document.activeElement?.matches('.papers a'))
  await page.keyboard.press('Enter')
  await page.locator('#facts-title').waitFor()
  await tabTo(() => document.activeElement?.id === 'field-total')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.id === 'edit-total')
  await page.keyboard.press('Control+A')
  const sum = v.locale === 'ru' ? '18,20' : '18.20'
  await page.keyboard.type(sum)
  await page.keyboard.press('Enter')
  await page.locator('#field-total', { hasText: sum }).waitFor()
  // Enter went on to the next doubtful value, or closed when there is none.
  await page.waitForFunction(() => document.activeElement && document.activeElement !== document.body)
  // The picture moves by keys.
  await page.locator('.frame').focus()
  await page.keyboard.press('+')
  await page.waitForFunction(() => document.querySelector('.frame.zoomed'))
  await page.keyboard.press('0')
  await page.waitForFunction(() => !document.querySelector('.frame.zoomed'))
})

// What an authenticator app does with the secret that it was given (RFC 6238).
const codeOf = (secret) => {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))).update(counter).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}
each('a second factor, a key for a program, everything as an archive', [['desktop', 'en']], async (v) => {
  await v.signup()
  const { page } = v
  await page.goto(`${v.url}/app/account`)
  await page.getByRole('button', { name: 'Set up' }).click()
  await page.locator('#guard-password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.locator('#guard-code').fill(codeOf((await page.locator('code').innerText()).replace(/\s/g, '')))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.locator('svg[role=img]').waitFor({ state: 'detached' })
  const codes = (await page.locator('.once code').textContent()).split('\n')
  assert.equal(codes.length, 10)
  const [recovery] = codes
  await page.goto(`${v.url}/app/connections`)
  await page.getByRole('button', { name: 'New key' }).click()
  await page.locator('#token-name').fill('scanner')
  await page.locator('#token-password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the key' }).click()
  assert.match(await page.locator('.once code').innerText(), /^dka_/)
  await page.goto(`${v.url}/app/account`)
  await page.getByRole('button', { name: 'ZIP' }).click()
  await page.locator('a[href="/account/export/file"]').waitFor()
  await page.getByRole('button', { name: 'Log out', exact: true }).last().click()
  // The password alone is not enough any more; a recovery code is, once.
  await page.locator('#email').fill(v.email)
  await page.locator('#password').fill(PASSWORD)
  await page.getByRole('button', { name: v.w.login }).click()
  await page.locator('#code').fill(recovery)
  await page.getByRole('button', { name: v.w.login }).click()
  await page.locator('header nav').waitFor()
})

for (const [size, locale] of walks(phone, desk))
  test(`who has no room left is led to what takes it: ${size}, ${locale}`, async () => {
    const small = await Service.start({ DOCKET_API_MAX_DOCUMENTS_PER_USER: '2' })
    const v = await Visitor.arrive(browser, small.url, { size, locale, axe: true })
    const { page } = v
    try {
      await v.signup()
      await v.add(['receipt-en', 'receipt-ru'].map((name) => file(`${name}.jpg`, sample(`${name}.jpg`))))
      await v.read().nth(1).waitFor()
      await v.add([file('letter.pdf', sample('invoice.pdf'))])
      await page.locator('.oops a').click()
      const room = page.locator('#room')
      await room.locator('.warning').waitFor()
      assert.ok(await room.evaluate((e) => e === document.activeElement), 'one is led to it')
      assert.match(await room.innerText(), locale === 'ru' ? /2 из 2/ : /2 of 2/)
      // What lies in the trash takes room as well, and it is said how much; a paper that is gone takes none.
      const [paper, other] = await page.evaluate(async () => (await (await fetch('/documents')).json()).items.map((d) => d.id))
      await page.evaluate(([id]) => fetch(`/documents/${id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: '{"trashed":true}' }), [paper])
      await page.reload()
      await room.getByRole('link').waitFor()
      await page.screenshot({ path: `build/test-logs/screens/27-room-${size}-${locale}.png` })
      assert.deepEqual(await v.axe('room'), [])
      assert.equal(await v.tooWide(), 0)
      await room.getByRole('link').click()
      await page.locator('.papers').waitFor()
      await page.evaluate(([id]) => fetch(`/documents/${id}`, { method: 'DELETE' }), [other])
      await page.goto(`${v.url}/app/account`)
      await room.getByText(locale === 'ru' ? /1 из 2/ : /1 of 2/).waitFor()
      assert.equal(await room.locator('.warning').count(), 0)
      await v.leave()
    } catch (error) {
      await page.screenshot({ path: `build/test-logs/journey-failed-room-${size}-${locale}.png` }).catch(() => {})
      throw error
    } finally { await small.end() }
  })

const [real] = realReceipts(1)
each('a real receipt', [['phone', 'en']], async (v) => {
  await v.signup()
  await v.picker().setInputFiles([file('real.jpg', real.bytes)])
  // The app may ask about a picture that it finds doubtful: that is its right.
  const anyway = v.page.getByRole('button', { name: v.w.anyway })
  await Promise.race([anyway.waitFor().then(() => anyway.click()), v.papers().first().waitFor()])
  await v.read().first().waitFor({ timeout: 60_000 })
}, { skip: real ? false : 'no ../shared/data beside this checkout' })

// Last: it kills the service that the others use.
each('the service is killed while a paper is read, and comes back', walks(desk, phone), async (v) => {
  await v.signup()
  await v.add([receipt()])
  await v.papers().first().waitFor()
  await v.papers().first().locator('a').click()
  await service.kill()
  await v.page.waitForTimeout(300)
  await service.up()
  // Nobody reloads: the screen finds its way to the end.
  await v.page.locator('#facts-title').waitFor({ timeout: 60_000 })
})
