// Hostile and hopeless files: each its own clear error, promptly, and the service goes on.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sample, serviceFor } from './lib/service.mjs'
import { dial, speak } from './lib/speak.mjs'
import { encryptedPdf, pdf, pdfOfPages, png, pngHeader } from './lib/bad-files.mjs'

let ann
const service = serviceFor({ before, after }, { DOCKET_API_MAX_UPLOAD: '4M' }, async (service) => { ann = await service.person('ann') })

const stillServes = async () => {
  const { result } = await ann.read(sample('receipt-en.png'), { name: 'after.png' })
  assert.equal(result.fields.total.normalized.amount, '17.17')
}

const jpeg = sample('receipt-en.jpg')
for (const [what, bytes, options, codes] of [
  ['an empty file', () => Buffer.alloc(0), { name: 'empty.jpg' }, ['empty_file']],
  ['a spreadsheet', () => Buffer.concat([Buffer.from('504b0304' + '00'.repeat(26), 'hex'), Buffer.from('xl/workbook.xml')]), { name: 'sums.xlsx' }, ['unsupported_type']],
  ['an archive called DOCX', () => Buffer.concat([Buffer.from('504b0304' + '00'.repeat(26), 'hex'), Buffer.from('word/document.xml')]), { name: 'letter.docx' }, ['corrupt_file']],
  ['a ZIP called JPEG', () => Buffer.from('504b0304140000000800' + '00'.repeat(80), 'hex'), { name: 'photo.jpg' }, ['unsupported_type']],
  ['random bytes', () => Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255)), { name: 'noise.jpg' }, ['unsupported_type']],
  ['a JPEG cut in the middle', () => jpeg.subarray(0, jpeg.length >> 1), { name: 'cut.jpg' }, ['corrupt_file']],
  ['a JPEG that is only its beginning', () => jpeg.subarray(0, 300), { name: 'stub.jpg' }, ['corrupt_file']],
  ['a PNG cut in the middle', () => sample('receipt-en.png').subarray(0, 30_000), { name: 'cut.png' }, ['corrupt_file']],
  ['a WebP cut in the middle', () => sample('receipt-en.webp').subarray(0, 8000), { name: 'cut.webp' }, ['corrupt_file']],
  ['a TIFF cut in the middle', () => sample('letter-fax.tiff').subarray(0, 3000), { name: 'cut.tiff' }, ['corrupt_file']],
  ['a PDF that is only its beginning', () => Buffer.from('%PDF-1.7\n1 0 obj\n<<'), { name: 'stub.pdf' }, ['corrupt_file']],
  ['a PDF without pages', () => pdf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Count 0/Kids[]>>']), { name: 'none.pdf' }, ['corrupt_file', 'empty_file']],
  ['a locked PDF', encryptedPdf, { name: 'locked.pdf' }, ['encrypted_pdf']],
  ['a PDF of 10,000 pages', () => pdfOfPages(10_000), { name: 'endless.pdf' }, ['too_many_pages']],
  ['a picture of 365 megapixels', () => png(20_000, 18_250), { name: 'huge.png' }, ['page_too_large']],
  ['a picture that only claims 4 gigapixels', () => pngHeader(65_000, 65_000), { name: 'claims.png' }, ['page_too_large']],
  ['a PDF whose page is as large as a field', () => pdf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Count 1/Kids[3 0 R]>>', '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9e9 9e9]>>']),
    { name: 'field.pdf' }, ['page_too_large', 'corrupt_file', null]],
  ['a file over the limit', () => Buffer.concat([jpeg, Buffer.alloc(4 << 20)]), { name: 'long.jpg' }, ['file_too_large']],
  ['the same in a form', () => Buffer.concat([jpeg, Buffer.alloc(4 << 20)]), { name: 'long.jpg', multipart: true }, ['file_too_large']],
  ['an empty file in a form', () => Buffer.alloc(0), { name: 'empty.jpg', multipart: true }, ['empty_file']],
]) {
  test(`${what} is refused as ${codes.join(' or ')}, and the next paper is read`, async () => {
    const jobs = (await ann.all('/jobs')).length
    const code = await ann.refusal(bytes(), options)
    assert.ok(codes.includes(code), `it was ${code === null ? 'read' : code}`)
    if ((await ann.all('/jobs')).length > jobs) await stillServes() // it came as far as a parser
  })
}

test('after all that were refused at the door the next paper is read', stillServes)

const raw = (parts, options) => speak(service.port, parts, options)
const uploadHead = (extra) => `POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: image/jpeg\r\nConnection: close\r\n${extra}\r\n`

test('a body shorter than its Content-Length makes no job', async () => {
  const before = (await ann.all('/jobs')).length
  const said = await raw([uploadHead(`Content-Length: ${jpeg.length}\r\n`), jpeg.subarray(0, 20_000)], { end: true })
  if (said) assert.match(said, /400[^]*body_incomplete/)
  await stillServes()
  assert.equal((await ann.all('/jobs')).length, before + 1)
})

// The service sleeps while the last bytes and the end arrive: it finds both at once.
for (const [what, framing, part] of [['announced', 'Content-Length: 500', 'x'.repeat(100)], ['in chunks', 'Transfer-Encoding: chunked', `64\r\n${'x'.repeat(100)}\r\n`]])
  test(`an end within a body ${what}, come together with its last bytes, is heard at once`, async () => {
    const socket = await dial(service.port)
    let said = ''
    socket.on('data', (d) => { said += d.toString('latin1') })
    socket.write(`POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`)
    await sleep(300)
    process.kill(service.pid, 'SIGSTOP')
    socket.end(part)
    await sleep(100)
    process.kill(service.pid, 'SIGCONT')
    await Promise.race([socket.gone, sleep(20_000, null, { ref: false }).then(() => assert.fail('nothing was heard for 20 s'))])
    assert.match(said, /400[^]*body_incomplete/)
  })

test('a body of unknown length is stopped at the limit', async () => {
  const chunk = Buffer.alloc(64 * 1024, 0x41)
  chunk.set(jpeg.subarray(0, 100))
  const framed = Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')])
  const said = await raw([uploadHead('Transfer-Encoding: chunked\r\n'), ...Array(80).fill(framed), '0\r\n\r\n'])
  assert.match(said, /^HTTP\/1\.1 413[^]*file_too_large/)
  await stillServes()
})

test('a body of unknown length below the limit is taken', async () => {
  const said = await raw([uploadHead('Transfer-Encoding: chunked\r\n'), `${jpeg.length.toString(16)}\r\n`, jpeg, '\r\n0\r\n\r\n'])
  assert.match(said, /^HTTP\/1\.1 202/)
})

for (const [what, body, code] of [
  ['garbage', '{"email": ', 'malformed_json'], ['two values', '{}{}', 'malformed_json'], ['a member twice', '{"email":"a@example.org","email":"b@example.org"}', 'malformed_json'], ['bytes that are no UTF-8', Buffer.from('7b2261223a22ff227d', 'hex'), 'malformed_json'],
  ['an array', '[]', null], ['a deep nest', '['.repeat(100_000), 'malformed_json'], ['nothing', '', null],
]) {
  test(`${what} instead of JSON is refused`, async () => {
    const { status, body: problem } = await service.client().call('POST', '/signup', { body, headers: { 'content-type': 'application/json' } })
    assert.ok([400, 413, 422].includes(status), String(status))
    if (code && status === 400) assert.equal(problem.code, code)
    assert.ok(problem.code)
  })
}

test('a megabyte of JSON is not read to its end', async () => {
  const { status } = await service.client().call('POST', '/login', { json: { email: 'a'.repeat(1 << 20), password: 'x' } })
  assert.ok([413, 422].includes(status), String(status))
})

test('a form without a file, with an empty name or of broken build is refused', async () => {
  const send = (body, type) => ann.call('POST', '/upload', { body, headers: { 'content-type': type, 'idempotency-key': randomUUID() } })
  const form = new FormData()
  form.append('note', 'no file here')
  const none = await ann.call('POST', '/upload', { body: form })
  assert.ok([400, 415, 422].includes(none.status), String(none.status))
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'b'.repeat(5000)}`]) {
    const answer = await send('--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nxx', type)
    assert.ok(answer.status >= 400 && answer.status < 500, `${type.slice(0, 40)}: ${answer.status}`)
  }
  const cut = await send('--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nxx', 'multipart/form-data; boundary=b')
  assert.ok(cut.status >= 400 && cut.status < 500, String(cut.status))
  await stillServes()
})

test('names of files that try to be paths, markup or headers stay names', async () => {
  for (const name of ['../../etc/passwd.png', '..\\..\\boot.ini.png', '<script>alert(1)</script>.png', 'a\u0000b.png', 'x'.repeat(4000) + '.png', '"; drop table job; --.png', 'a\r\nSet-Cookie: x=y.png']) {
    const answer = await ann.send(sample('receipt-en.png'), { name, type: 'image/png', multipart: true })
    if (answer.status !== 202) { assert.ok([400, 422].includes(answer.status), String(answer.status)); continue }
    const original = await ann.must(200, 'GET', `/documents/${answer.body.document_id}/original`)
    assert.equal(original.headers.get('set-cookie'), null)
    assert.ok(!/[\/\\\r\n\0]/.test(answer.body.file.name ?? ''), JSON.stringify(answer.body.file.name))
  }
})
