// Who reads or sends so slowly that others would wait for it is cut off; who is only slow is not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Service } from './lib/service.mjs'
import { dial } from './lib/speak.mjs'

// More than lies in sockets on the way: files that no parser takes long over.
const MIB = 1 << 20
const withPapers = async (service, name, n) => {
  const c = await service.person(name)
  const noise = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(MIB, 7)])
  for (let i = 0; i < n; i++) { noise.writeUInt32BE(i, 100); await c.upload(noise, { name: `${i}.png` }) }
  return c
}
// The far ports of connections to the service that stand, as the kernel has them.
const connections = async (service) => readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).filter(Boolean).map((line) => line.trim().split(/\s+/))
  .filter(([, local, , state]) => state === '01' && Number.parseInt(local.split(':')[1], 16) === service.port).map(([, , far]) => Number.parseInt(far.split(':')[1], 16))
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
// An export whose reader takes nothing but what `take` takes.
const begin = async (service, c) => {
  const socket = await dial(service.port)
  let n = 0, tail = Buffer.alloc(0), gone = false
  const got = (d) => { n += d.length; tail = Buffer.concat([tail, d]).subarray(-5) }
  socket.on('close', () => { gone = true })
  socket.on('data', (d) => { got(d); socket.pause() })
  socket.write(`GET /export?format=zip HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${c.token}\r\nConnection: close\r\n\r\n`)
  await service.until('begun', () => n > 0)
  return {
    get n() { return n },
    get gone() { return gone },
    take: () => socket.resume(), // one piece
    rest: async () => { socket.removeAllListeners('data').on('data', got).resume(); await socket.gone; return { n, whole: tail.toString('latin1') === '0\r\n\r\n' } },
    leave: () => socket.destroy(),
  }
}

test('who takes nothing of an export is cut off, and who takes it piece by piece is not', async () => {
  const service = await Service.start({ DOCKET_API_SLOW_AFTER: '2s', DOCKET_API_EXPORTS_PER_MINUTE: '0' }) // she asks until she is let in
  try {
    const [ann, bob] = [await withPapers(service, 'ann', 12), await withPapers(service, 'bob', 12)]
    const [dead, steady] = [await begin(service, ann), await begin(service, bob)]
    assert.equal((await ann.call('GET', '/export?format=csv')).status, 429, 'her first is under way')
    // While hers stands still, his goes on, a piece at a time, and keeps its maker waiting.
    let pieces = 0, free = false
    const freed = service.until('her place is free', async () => (await ann.call('GET', '/export?format=csv')).status === 200).then(() => { free = true })
    while (!steady.gone && (!free || pieces < 20)) { steady.take(); pieces++; await sleep(100) }
    await freed
    assert.ok(!steady.gone, 'he is still read to')
    const [hers, his] = [await dead.rest(), await steady.rest()]
    assert.ok(!hers.whole && hers.n < 12 * MIB, `${hers.n}`)
    assert.ok(his.whole && his.n > 12 * MIB, `${his.n}`)
  } finally { await service.end() }
})

test('who takes nothing of a file is cut off before silence is, and who takes it piece by piece has all of it', async () => {
  const service = await Service.start({ DOCKET_API_SLOW_AFTER: '1s', DOCKET_API_MAX_UPLOAD: '20M' })
  try {
    const ann = await service.person('ann')
    const noise = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(12 * MIB, 7)])
    const { document_id: id } = await ann.upload(noise, { name: 'large.png' })
    const read = async () => {
      const socket = await dial(service.port)
      const it = { n: 0, gone: false, socket, ended: false }
      socket.on('data', (d) => { it.n += d.length; socket.pause() })
      socket.on('close', () => { it.gone = true })
      socket.on('end', () => { it.ended = true })
      socket.write(`GET /documents/${id}/original HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${ann.token}\r\nConnection: close\r\n\r\n`)
      await service.until('begun', () => it.n > 0)
      return it
    }
    const [dead, steady] = [await read(), await read()]
    // She takes nothing; the service lets her go long before the minute after which silence ends a connection.
    const begun = Date.now()
    const hers = service.until('she is cut off', async () => !(await connections(service)).includes(dead.socket.localPort), 45)
    while (!steady.gone && Date.now() - begun < 45_000) { steady.socket.resume(); await sleep(50) } // to its end, which stands behind the last piece
    await hers
    assert.ok(Date.now() - begun < 45_000)
    assert.ok(steady.n > 12 * MIB && steady.ended, `${steady.n}`)
    dead.socket.destroy()
  } finally { await service.end() }
})

test('where all places are taken, who reads slowly makes room for who was refused', async () => {
  const service = await Service.start({ DOCKET_API_SLOW_AFTER: '6s', DOCKET_API_EXPORTS_PER_MINUTE: '0' })
  try {
    const slow = []
    for (const name of ['ann', 'bob', 'carl', 'dora']) slow.push(await begin(service, await withPapers(service, name, 12)))
    const erin = await service.person('erin')
    // Each takes some 30 KiB a second: much more than would be cut off by itself, and less than is asked while one waits.
    let over = false
    const reading = Promise.all(slow.map(async (s) => { while (!over && !s.gone) { s.take(); await sleep(2000) } }))
    assert.equal((await erin.call('GET', '/export?format=csv')).status, 503)
    await service.until('one has made room', async () => (await erin.call('GET', '/export?format=csv')).status === 200)
    over = true
    await reading
    for (const s of slow) s.leave()
  } finally { await service.end() }
})
