// A proxy before an S3 store that does what networks and stores do at times. Prints its port.
//
// usage: node tools/faulty-proxy.mjs TARGET_URL PLAN_FILE
//
// PLAN_FILE has one fault a line, each for one request, taken from the top; without lines nothing happens.
// A line "random RATE SEED" stays and gives every request a fault with that chance, but never more than three to
// the same method and path in a row.
// A line "expired TOKEN" stays as well: who comes with that session token is told that it has expired.
//   none       nothing
//   500, 503   such an answer, without asking the store
//   hang       no answer at all
//   slow       a few bytes now and then, then the rest
//   cut        half of the answer, then the end of the connection
//   reset      the connection breaks before the store is asked
//   lost       the store does it, and the connection breaks before its answer
//   flip       one byte of the answer's body is another
//   flip-sent  one byte of the request's body is another
//   long-id    the answer names an upload in parts by 1,200 bytes more
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as ask } from 'node:http'

const [target, plan] = process.argv.slice(2)
const { hostname, port } = new URL(target)
const kinds = ['500', '503', 'cut', 'reset', 'lost', 'flip', 'flip-sent', 'slow']
const inARow = new Map()

let seed = null
const chance = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32 }

const nextFault = (method, path, token) => {
  const lines = readFileSync(plan, 'utf8').split('\n').filter(Boolean)
  if (lines.length === 0) return null
  const [kind, rate, first] = lines[0].split(' ')
  if (kind === 'expired') return token === rate ? kind : null
  if (kind !== 'random') {
    writeFileSync(plan, lines.slice(1).join('\n'))
    return kind
  }
  seed ??= Number(first)
  const what = `${method} ${path}`, before = inARow.get(what) ?? 0
  const fault = before < 3 && chance() < Number(rate) ? kinds[Math.floor(chance() * kinds.length)] : null
  inARow.set(what, fault ? before + 1 : 0)
  return fault
}

const flip = (bytes) => { if (bytes.length > 0) bytes[bytes.length >> 1] ^= 1; return bytes }
const all = async (stream) => { const pieces = []; for await (const p of stream) pieces.push(p); return Buffer.concat(pieces) }

const server = createServer(async (request, response) => {
  const fault = nextFault(request.method, request.url, request.headers['x-amz-security-token'])
  const broken = () => request.socket.destroy()
  try {
    if (fault === 'reset') return request.socket.resetAndDestroy?.() ?? broken()
    const body = await all(request)
    if (fault === 'hang') return
    if (fault === 'expired')
      return response.writeHead(400, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : '<Error><Code>ExpiredToken</Code></Error>')
    if (fault === '500' || fault === '503')
      return response.writeHead(Number(fault), { 'content-type': 'application/xml' }).end('<Error><Code>InternalError</Code></Error>')
    if (fault === 'flip-sent') flip(body)
    const onward = ask({ hostname, port, method: request.method, path: request.url, headers: request.headers })
    onward.on('error', broken)
    onward.on('response', async (answer) => {
      let bytes = await all(answer).catch(() => null)
      if (bytes && fault === 'long-id') {
        bytes = Buffer.from(bytes.toString().replace('</UploadId>', `${'x'.repeat(1200)}</UploadId>`))
        answer.headers['content-length'] = String(bytes.length)
      }
      if (!bytes || fault === 'lost') return broken()
      if (fault === 'flip' && request.method === 'GET' && answer.statusCode < 300) flip(bytes)
      response.writeHead(answer.statusCode, answer.headers)
      if (fault === 'cut' && bytes.length > 1) return response.write(bytes.subarray(0, bytes.length >> 1), () => broken())
      if (fault !== 'slow') return response.end(bytes)
      for (let i = 0; i < 4 && i < bytes.length; i++) { response.write(bytes.subarray(i, i + 1)); await new Promise((r) => setTimeout(r, 50)) }
      response.end(bytes.subarray(Math.min(4, bytes.length)))
    })
    onward.end(body)
  } catch { broken() }
})
server.on('clientError', (_, socket) => socket.destroy())
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
