// Whatever a paper, a file name or a person says is text: in Chromium, with the policy as people have it, markup in
// any of it is shown letter by letter and does nothing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Visitor, desk, launch, phone, walks } from '../lib/browser.mjs'
import { PASSWORD } from '../lib/client.mjs'
import { paperSaying } from '../lib/papers.mjs'
import { serviceFor } from '../lib/service.mjs'

let browser
const service = serviceFor({ before, after }, {}, async () => { browser = await launch() })
after(async () => { await browser?.close() })

const evil = (where) => `<img src=x onerror=pwned("${where}")><script>pwned("${where}")</script>`
const inText = '<b onload=x>MOTH' // what is printed on the paper

// Nothing that was said became an element, and nothing of it ran.
const harmless = async (page, where) => {
  const made = await page.evaluate(() => [...document.querySelectorAll('[onerror],[onload],#app script,#app img[src="x"],iframe,object,embed')].map((e) => e.outerHTML.slice(0, 120)))
  assert.deepEqual(made, [], where)
  assert.deepEqual(await page.evaluate(() => globalThis.pwnedBy), [], where)
}
const shows = async (page, text, where) => {
  await page.waitForFunction((t) => document.body.innerText.includes(t) || [...document.querySelectorAll('input,textarea')].some((i) => i.value.includes(t)), text).catch(() => assert.fail(`${where}: ${text} is not shown as text`))
  await harmless(page, where)
}

for (const [size, locale] of walks(desk, phone)) {
  test(`markup is text on every screen: ${size}, ${locale}`, async () => {
    const v = await Visitor.arrive(browser, service.url, { size, locale })
    await v.page.addInitScript(() => { globalThis.pwnedBy = []; globalThis.pwned = (where) => globalThis.pwnedBy.push(where) })
    await v.signup()
    const client = service.client()
    client.token = (await client.must(200, 'POST', '/login', { json: { email: v.email, password: PASSWORD } })).body.token
    const { job, result } = await client.read(paperSaying(inText), { name: `${evil('file')}.pdf` })
    assert.ok(result.text.includes(inText), result.text)
    const { page } = v
    // By its file's name first: nothing else names it yet.
    await page.goto(v.url)
    await v.papers().first().waitFor()
    await harmless(page, 'list by file name')
    await client.must(200, 'PATCH', `/results/${job.id}/fields`, { json: { fields: { merchant_name: { value: evil('merchant') } } }, headers: { 'if-match': '*' } })
    await page.goto(v.url)
    await shows(page, evil('merchant'), 'list by sender')
    await client.must(200, 'PATCH', `/documents/${job.document_id}`, { json: { title: evil('title'), note: evil('note'), tags: [evil('tag')] } })
    await page.reload()
    await shows(page, evil('title'), 'list by title')
    await shows(page, `#${evil('tag')}`, 'list by tag')
    await page.locator('.head button.icon').click()
    await shows(page, evil('title'), 'pictures')
    await page.locator('.head button.icon').click()
    // A snippet of what the paper says, with its hit marked by us and by nobody else.
    await page.goto(`${v.url}/app?q=moth`)
    await page.locator('.papers mark').first().waitFor()
    assert.equal(await page.locator('.papers mark').first().innerText(), 'MOTH')
    await harmless(page, 'snippet')
    await page.locator('.sift').click()
    await page.locator('#f-tag').waitFor()
    assert.ok((await page.locator('#f-tag').innerText()).includes(evil('tag')))
    await harmless(page, 'filters')
    // The paper itself: title, sender, the whole text, note and tags; its search; what it is called elsewhere.
    await page.goto(`${v.url}/app/documents/${job.id}`)
    await page.locator('#facts-title').waitFor()
    await shows(page, evil('title'), 'paper: title')
    await shows(page, evil('merchant'), 'paper: sender')
    await shows(page, inText, 'paper: text')
    await page.locator('#find-text').fill('moth')
    await page.locator('mark').first().waitFor()
    await harmless(page, 'paper: text searched')
    for (const closed of await page.locator('details:not([open]) > summary').all()) await closed.click()
    await shows(page, evil('note'), 'paper: note')
    await page.goto(`${v.url}/app/history`)
    await shows(page, evil('title'), 'history')
    await page.goto(`${v.url}/app?q=${encodeURIComponent(evil('query'))}`)
    await shows(page, evil('query'), 'search box')
    await page.goto(`${v.url}/app/login#${encodeURIComponent(evil('hash'))}`)
    await harmless(page, 'address')
    await v.leave()
  })
}
