// Office documents, web pages, texts and mails: read as papers are; attachments become papers themselves.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { docx, mail, odt, zip } from './lib/office.mjs'
import { sample, Service, serviceFor } from './lib/service.mjs'

let ann
const service = serviceFor({ before, after }, {}, async (service) => { ann = await service.person('ann') })

const rows = ['Invoice 2026-17', 'Total to pay by 2026-12-01', ['Tea', '9.00'], ['Cake', '8.17'], ['Total', 'EUR 17.17']]
const html = '<!doctype html><html><head><title>no</title></head><body><h1>Счёт 17</h1><table><tr><td>Итого<td>1 234,50 руб.</table></body></html>'
// windows-1251 by hand: А-Я and а-я stand in order from 0xC0.
const cp1251 = (s) => Buffer.from([...s].map((c) => { const n = c.codePointAt(0); return n >= 0x410 && n <= 0x44f ? n - 0x410 + 0xc0 : n }))

for (const [what, name, bytes, type, said] of [
  ['DOCX', 'letter.docx', docx(rows, { header: ['Tea House Ltd'] }), 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', ['Tea House Ltd\n\nInvoice 2026-17', 'Cake 8.17', 'Total EUR 17.17']],
  ['ODT', 'letter.odt', odt(rows), 'application/vnd.oasis.opendocument.text', ['Invoice 2026-17', 'Tea 9.00', 'Total EUR 17.17']],
  ['HTML', 'page.html', Buffer.from(html), 'text/html', ['Счёт 17', 'Итого 1 234,50 руб.']],
  ['a text in an old character set', 'note.txt', cp1251('Уважаемый жилец, просим оплатить воду.\nВсего 1 234,50'), 'text/plain', ['Уважаемый жилец, просим оплатить воду.\nВсего 1 234,50']],
  ['a mail', 'mail.eml', mail({ subject: 'Ваш чек', text: 'Спасибо за покупку!' }), 'message/rfc822', ['Subject: Ваш чек', 'Спасибо за покупку!']],
]) {
  test(`${what} is read, and there is a page to look at`, async () => {
    const { job, result } = await ann.read(bytes, { name })
    assert.equal(job.file.media_type, type)
    assert.equal(result.pages[0].source, 'text_layer')
    for (const piece of said) assert.ok(result.text.includes(piece), `"${piece}" is not in:\n${result.text}`)
    assert.ok(!result.diagnostics.warnings.includes('type_mismatch'))
    const { body } = await ann.must(200, 'GET', `/documents/${result.document_id}/pages/1`)
    assert.equal(body.subarray(8, 12).toString(), 'WEBP')
    assert.ok(body.length > 2000, 'an empty picture')
  })
}

test('a name that claims another kind is told', async () => {
  const { result } = await ann.read(Buffer.from(html), { name: 'bill.pdf' })
  assert.ok(result.diagnostics.warnings.includes('type_mismatch'))
  assert.match(result.text, /Счёт 17/)
})

test('who sent a mail is called by his name, without the address of his mailbox', async () => {
  const { result } = await ann.read(mail({ subject: 'Счёт за ноябрь', text: 'Здравствуйте! Счёт во вложении.' }), { name: 'mail.eml' })
  assert.equal(result.doc_type.value, 'letter')
  assert.equal(result.fields.merchant_name?.value, 'Shop')
})

test('attachments of a mail become documents of the same person', async () => {
  const bob = await service.person('bob')
  const inner = mail({ subject: 'inner', text: 'deep', attachments: [{ name: 'note.txt', type: 'text/plain', bytes: 'a note' }] })
  const letter = mail({ text: 'See the files.', attachments: [
    { name: 'чек.png', type: 'image/png', bytes: sample('receipt-en.png') },
    { name: 'inner.eml', type: 'application/octet-stream', bytes: inner },
    { name: 'sums.bin', type: 'application/octet-stream', bytes: Buffer.from([0, 1, 2, 3]) },
  ] })
  const { job, result } = await bob.read(letter, { name: 'letter.eml' })
  assert.ok(result.diagnostics.warnings.includes('attachments_left_out'))
  const { body: parent } = await bob.must(200, 'GET', `/documents/${job.document_id}`)
  assert.equal(parent.parent_document_id, null)
  assert.deepEqual(parent.children.map((c) => [c.file.name, c.parent_document_id]), [['чек.png', parent.id], ['inner.eml', parent.id]])
  const receipt = await bob.finished(parent.children[0].job_id)
  assert.equal((await bob.result(receipt.id)).fields.total.normalized.amount, '17.17')
  await bob.finished(parent.children[1].job_id)
  const { body: nested } = await bob.must(200, 'GET', `/documents/${parent.children[1].id}`)
  assert.deepEqual(nested.children.map((c) => c.file.name), ['note.txt'])
  await bob.finished(nested.children[0].job_id)
  assert.equal((await bob.all('/documents')).length, 4)
  assert.equal((await ann.call('GET', `/documents/${nested.id}`)).status, 404)
})

test('an attachment that its owner has no room for is told of, and comes when the mail is read again', async () => {
  const own = await Service.start({ DOCKET_API_MAX_DOCUMENTS_PER_USER: '2' })
  try {
    const c = await own.person('carl')
    const note = (name) => ({ name, type: 'text/plain', bytes: `the text of ${name}` })
    const { job, result } = await c.read(mail({ text: 'Two notes.', attachments: [note('one.txt'), note('two.txt')] }), { name: 'letter.eml' })
    assert.deepEqual(result.diagnostics.warnings.filter((w) => w.startsWith('attachments')), ['attachments_over_quota'])
    const names = async () => (await c.must(200, 'GET', `/documents/${job.document_id}`)).body.children.map((d) => d.file.name)
    assert.deepEqual(await names(), ['one.txt'])
    assert.equal((await c.send(Buffer.from('more'), { name: 'more.txt' })).body.code, 'quota_exceeded')
    // Whoever makes room and reads the mail again has them both.
    await own.stop()
    own.settings.DOCKET_API_MAX_DOCUMENTS_PER_USER = '3'
    await own.up()
    const again = await c.must(202, 'POST', `/documents/${job.document_id}/reprocess`)
    await c.finished(again.body.id)
    assert.deepEqual(await names(), ['one.txt', 'two.txt'])
    assert.ok(!(await c.result(again.body.id)).diagnostics.warnings.includes('attachments_over_quota'))
  } finally { await own.end() }
})

test('office documents that are bombs, locked or broken end with their own codes', async () => {
  const part = (content) => zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': content })
  for (const [bytes, code] of [
    [part(`<w:d>${'<a>'.repeat(5000)}`), 'unpacks_too_large'],
    [part(`<w:d>${' '.repeat(60 << 20)}</w:d>`), 'unpacks_too_large'],
    [zip(Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [i ? `word/${i}` : '[Content_Types].xml', 'x']))), 'unpacks_too_large'],
    [part('<w:d><w:p></w:d>'), 'corrupt_file'],
    [part('<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d><p><r><t>&b;</t></r></p></d>'), 'corrupt_file'],
    [zip({ '[Content_Types].xml': '<Types/>', 'docProps/app.xml': '<x/>' }), 'unsupported_type'],
    [odt(['x'], '<manifest:encryption-data/>'), 'encrypted_pdf'],
    [docx(['cut']).subarray(0, 400), 'corrupt_file'],
  ]) assert.equal(await ann.refusal(bytes, { name: 'x.docx' }), code)
})
