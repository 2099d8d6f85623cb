// HTTP as attackers speak it. Whatever comes, the answer is a clear error or a closed connection,
// and the next request of somebody decent is served.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Service, serviceFor } from './lib/service.mjs'
import { dial, speak } from './lib/speak.mjs'

const service = serviceFor({ before, after }, { DOCKET_API_IDLE_TIMEOUT: '2s' })

const serves = async () => assert.equal((await fetch(service.url + '/session')).status, 401)

for (const [what, bytes] of [
  ['noise', Buffer.from(Array.from({ length: 2000 }, (_, i) => (i * 197) & 255))],
  ['a TLS greeting', Buffer.from('1603010200010001fc0303', 'hex')],
  ['no HTTP version', 'GET /session\r\n\r\n'],
  ['a TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\nCookie: docket_session=secret\r\nConnection: close\r\n\r\n'],
  ['a made-up method', 'BREW /coffee HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['a header of 100 kB', `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(100_000)}\r\nConnection: close\r\n\r\n`],
  ['an address of 100 kB', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
  ['two lengths', 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 30\r\nConnection: close\r\n\r\n{}'],
  ['a length and chunks together', 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n'],
  ['a negative length', 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\nConnection: close\r\n\r\n'],
  ['an endless length', 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\nConnection: close\r\n\r\n'],
  ['a chunk of impossible size', 'POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffffff\r\n'],
  ['a path that climbs', 'GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['a path that climbs in disguise', 'GET /assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['a path with a NUL', 'GET /index.html%00.png HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
]) {
  test(`${what} is answered with an error or nothing, never with a 2xx of the API or a file`, async () => {
    const said = await speak(service.port, bytes)
    assert.doesNotMatch(said, /root:x:0/)
    if (said && !/^HTTP\/1\.[01] 200[^]*<!doctype html/i.test(said)) assert.match(said, /^HTTP\/1\.[01] [345]\d\d/)
    assert.doesNotMatch(said, /^HTTP\/1\.[01] 500/)
    await serves()
  })
}

test('a client is told to let go of a silent connection long before it is closed', async () => {
  const begun = Date.now()
  const said = await speak(service.port, 'GET /session HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.match(said, /^keep-alive: timeout=1\r$/im)
  assert.ok(Date.now() - begun >= 1900, 'it had two seconds')
})

test('two hundred clients that never finish a sentence keep nobody waiting, and are dropped', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, async () => {
    const socket = await dial(service.port)
    socket.resume()
    socket.write('GET /session HTTP/1.1\r\nHost: ')
    return socket
  }))
  await serves()
  const late = new Promise((resolve) => setTimeout(resolve, 20_000, 'late').unref())
  const ends = await Promise.all(sockets.map((socket) => Promise.race([socket.gone, late])))
  sockets.forEach((s) => s.destroy())
  assert.equal(ends.filter((end) => end === 'late').length, 0)
})

test('addresses and methods that are not there answer a problem, with Allow where it applies', async () => {
  const c = await service.person('ann')
  const nowhere = await c.call('GET', '/nowhere/at/all', { headers: { accept: 'application/json' } })
  assert.equal(nowhere.status, 404)
  assert.equal(nowhere.body.code, 'not_found')
  const wrong = await c.call('PUT', '/session')
  assert.equal(wrong.status, 405)
  assert.match(wrong.headers.get('allow'), /GET/)
  for (const id of ['x', '1', '../../session', '00000000-0000-0000-0000-000000000000', 'a'.repeat(300), '%00', '01939b6e-0000-7000-8000-00000000000g']) {
    const answer = await c.call('GET', `/jobs/${encodeURIComponent(id)}`)
    assert.ok([400, 404].includes(answer.status), `${id}: ${answer.status}`)
  }
})

test('every answer carries the headers that keep a browser out of trouble', async () => {
  for (const path of ['/', '/session', '/nowhere']) {
    const { headers } = await fetch(service.url + path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.ok(headers.get('x-request-id'), path)
    for (const directive of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) assert.ok(headers.get('content-security-policy').includes(directive), `${path}: ${directive}`)
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path)
    assert.equal(headers.get('referrer-policy'), path === '/' ? 'same-origin' : 'no-referrer')
    assert.equal(headers.get('cache-control'), path === '/' ? 'no-cache' : 'no-store')
    assert.equal(/sandbox/.test(headers.get('content-security-policy')), path !== '/')
  }
  const page = await fetch(service.url + '/')
  assert.equal(page.headers.get('cross-origin-opener-policy'), 'same-origin')
  assert.doesNotMatch(page.headers.get('content-security-policy'), /unsafe|https?:/)
  // What the library refuses before us says so too.
  const refused = await speak(service.port, 'GET\r\n\r\n')
  if (refused) assert.match(refused, /nosniff[^]*default-src 'none'|default-src 'none'[^]*nosniff/)
})

const bytesOf = (path, headers) => new Promise((resolve, reject) => {
  request(service.url + path, { headers }, async (answer) => {
    const parts = []
    for await (const part of answer) parts.push(part)
    resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) })
  }).on('error', reject).end()
})
test('the app comes in the smallest coding that is taken, and each has its own ETag', async () => {
  const plain = await bytesOf('/', {})
  assert.equal(plain.headers['content-encoding'], undefined)
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(plain.body.toString())[1]
  for (const [path, caching] of [['/', 'no-cache'], [script, 'public, max-age=31536000, immutable']]) {
    const asIs = await bytesOf(path, {})
    for (const [accept, coding, unpack] of [['gzip, deflate, br, zstd', 'br', brotliDecompressSync], ['gzip, br;q=0', 'gzip', gunzipSync], ['identity, br;q=0, gzip;q=0.0', undefined, (b) => b]]) {
      const packed = await bytesOf(path, { 'accept-encoding': accept })
      assert.equal(packed.headers['content-encoding'], coding, `${path} ${accept}`)
      assert.equal(packed.headers.vary, path === '/' ? 'Accept-Encoding, Accept-Language, Cookie' : 'Accept-Encoding')
      assert.equal(packed.headers['cache-control'], caching)
      assert.deepEqual(unpack(packed.body), asIs.body)
      assert.equal(packed.headers.etag === asIs.headers.etag, coding === undefined)
      const again = await bytesOf(path, { 'accept-encoding': accept, 'if-none-match': packed.headers.etag })
      assert.deepEqual([again.status, again.body.length], [304, 0])
    }
  }
})

test('a page names what its script will ask for, by who opens what and in which language', async () => {
  const c = await service.person('ann')
  const here = { cookie: `docket_session=${c.token}` }
  const paper = '/app/documents/01939b6e-0000-7000-8000-000000000000'
  for (const [path, headers, language, screen] of [
    ['/', {}, 'en', 'Auth'], ['/app', { 'accept-language': 'ru-RU,ru;q=0.9,en;q=0.8' }, 'ru', 'Auth'], [paper, { 'accept-language': 'de,en;q=0.7' }, 'en', 'Auth'],
    ['/', { ...here, 'accept-language': 'ru' }, 'ru', 'Library'], ['/app', here, 'en', 'Library'], [paper, { ...here, 'accept-language': 'ru' }, 'ru', 'Document'],
  ]) {
    const { headers: said, body } = await bytesOf(path, headers)
    const files = [...said.link.matchAll(/<(\/assets\/[^>]+\.js)>; rel=modulepreload/g)].map((m) => m[1])
    assert.match(body.toString(), new RegExp(`<html lang="${language}">`))
    for (const name of [language, screen]) assert.ok(files.some((f) => f.startsWith(`/assets/${name}-`)), `${path}: ${said.link} lacks ${name}`)
    for (const f of files) {
      assert.equal((await fetch(service.url + f)).status, 200, f)
      assert.ok(!body.includes(f), `${f} is in the page itself`)
    }
  }
  // Its first words are in the page: those of the door, or the heading of the list. What was chosen before goes first.
  const words = async (headers) => (await bytesOf('/', headers)).body.toString()
  assert.match(await words({}), /Photograph a receipt\. Get its facts\./)
  assert.match(await words({ 'accept-language': 'ru' }), /Сфотографируйте чек\u00a0— получите данные\./)
  assert.match(await words({ 'accept-language': 'ru', cookie: 'docket_locale=en' }), /Photograph a receipt/)
  assert.match(await words({ cookie: `${here.cookie}; docket_locale=ru` }), /<h1>Документы<\/h1>/)
  for (const path of ['/app/status', '/app/confirm']) assert.ok(!(await bytesOf(path, {})).body.toString().includes('Photograph'), path)
  assert.equal((await bytesOf('/app/account', here)).headers.link, undefined)
  assert.equal((await bytesOf('/icon.svg', {})).headers.link, undefined)
})

test('what is long comes in gzip to whoever takes it, and says the same', async () => {
  const c = await service.person('ann')
  await Promise.all(Array.from({ length: 12 }, (_, i) => c.upload(Buffer.from(`letter ${i}`), { name: `letter-${i}.txt` })))
  const authorization = `Bearer ${c.token}`
  const plain = await bytesOf('/documents', { authorization })
  assert.equal(plain.headers['content-encoding'], undefined)
  for (const accept of ['gzip, deflate, br, zstd', 'GZIP;q=0.5']) {
    const packed = await bytesOf('/documents', { authorization, 'accept-encoding': accept })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.match(packed.headers.vary, /Accept-Encoding/)
    assert.ok(packed.body.length < plain.body.length / 3, `${packed.body.length} of ${plain.body.length}`)
    assert.deepEqual(JSON.parse(gunzipSync(packed.body)).items.map((d) => d.id), JSON.parse(plain.body).items.map((d) => d.id))
  }
  for (const accept of ['br', 'gzip;q=0', 'identity']) assert.equal((await bytesOf('/documents', { authorization, 'accept-encoding': accept })).headers['content-encoding'], undefined, accept)
  // What is short goes as it is.
  assert.equal((await bytesOf('/session', { authorization, 'accept-encoding': 'gzip' })).headers['content-encoding'], undefined)
  // Nor does, however long, what answers a POST: such answers tell secrets.
  const nothing = await c.must(200, 'POST', '/bulk', { json: { action: 'trash', ids: Array.from({ length: 150 }, () => randomUUID()) }, headers: { 'accept-encoding': 'gzip' } })
  assert.ok(JSON.stringify(nothing.body).length > 8000)
  assert.equal(nothing.headers.get('content-encoding'), null)
})

test('no other origin is ever given leave to read an answer', async () => {
  for (const [method, path] of [['GET', '/'], ['GET', '/session'], ['OPTIONS', '/upload'], ['POST', '/login']]) {
    const { headers } = await fetch(service.url + path, { method, headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } })
    assert.deepEqual([...headers.keys()].filter((k) => k.startsWith('access-control-')), [], `${method} ${path}`)
    assert.equal(headers.get('x-frame-options'), 'DENY', `${method} ${path}`)
  }
})

test('pages of an origin that the settings name may call the API with a token, and no others', async () => {
  const open = await Service.start({ DOCKET_API_CORS_ORIGINS: 'https://app.example, https://other.example' })
  try {
    const c = await open.person('ann')
    const ask = (origin, more = {}) => fetch(`${open.url}/session`, { headers: { origin, authorization: `Bearer ${c.token}` }, ...more })
    const preflight = (origin) => ask(origin, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } })
    for (const origin of ['https://app.example', 'https://other.example']) {
      const may = await preflight(origin)
      assert.equal(may.status, 204)
      assert.equal(may.headers.get('access-control-allow-origin'), origin)
      assert.match(may.headers.get('access-control-allow-methods'), /GET/)
      assert.match(may.headers.get('access-control-allow-headers'), /Authorization/)
      const answer = await ask(origin)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('access-control-allow-origin'), origin)
      assert.equal(answer.headers.get('access-control-allow-credentials'), null)
      assert.match(answer.headers.get('vary'), /Origin/)
    }
    for (const origin of ['https://app.example.evil', 'https://app.exampl', 'http://app.example', 'null', 'https://app.example,']) {
      assert.equal((await preflight(origin)).status, 405, origin)
      assert.equal((await ask(origin)).headers.get('access-control-allow-origin'), null, origin)
    }
    // Cookies are never theirs.
    const cookie = await fetch(`${open.url}/logout`, { method: 'POST', headers: { origin: 'https://app.example', cookie: `docket_session=${c.token}` } })
    assert.equal(cookie.status, 403)
  } finally { await open.end() }
})
