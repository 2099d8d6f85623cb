// The program starts, says so, serves, and stops when told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Service, docket, freePort, run, sample } from './lib/service.mjs'
import { dial } from './lib/speak.mjs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

test('starts on an empty folder, serves its page and stops with exit status 0', async () => {
  const service = await Service.start()
  try {
    for (const path of ['/healthz', '/readyz', '/metrics']) assert.equal((await fetch(service.admin + path)).status, 200, path)
    const page = await fetch(service.url + '/')
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-type'), /^text\/html/)
    const { code, seconds } = await service.stop()
    assert.equal(code, 0)
    assert.ok(seconds < 30, `${seconds} s to stop`)
  } finally { await service.end() }
})

test('what was signed up and read before a restart is there after it', async () => {
  const service = await Service.start()
  try {
    const ann = await service.person('ann')
    const { job, result } = await ann.read(sample('receipt-en.png'), { name: 'receipt-en.png' })
    await service.stop()
    await service.up()
    assert.deepEqual(await ann.result(job.id), result)
    for (const name of readdirSync(service.data, { recursive: true })) assert.equal(statSync(join(service.data, name)).mode & 0o077, 0, `${name} is its owner's alone`)
  } finally { await service.end() }
})

test('a second program on the same folder is refused with a clear error, and the first goes on', async () => {
  const service = await Service.start()
  try {
    const second = spawn(docket, ['up', '--data', service.data, '--listen', `127.0.0.1:${await freePort()}`, '--admin', `127.0.0.1:${await freePort()}`],
      { env: service.environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    second.stderr.on('data', (d) => { said += d })
    second.stdout.on('data', (d) => { said += d })
    const [code] = await once(second, 'exit')
    assert.notEqual(code, 0)
    assert.match(said, /another|already|in use|owner|locked/i)
    const bob = await service.person('bob')
    assert.equal((await bob.call('GET', '/session')).status, 200)
  } finally { await service.end() }
})

test('a busy port, an unknown setting and a value out of range end the start with one clear line', async () => {
  const service = await Service.start()
  try {
    const env = service.environment()
    const busy = run(['up', '--data', `${service.data}-b`, '--listen', `127.0.0.1:${service.port}`, '--admin', `127.0.0.1:${await freePort()}`], { env })
    assert.notEqual(busy.status, 0)
    assert.match(busy.stderr, /127\.0\.0\.1|in use/i)
  } finally { await service.end() }
  const unknown = run(['up', '--worker-colour', 'blue'])
  assert.notEqual(unknown.status, 0)
  assert.match(unknown.stderr, /worker-colour/)
  const wild = run(['up', '--worker-lease', '1ms'])
  assert.notEqual(wild.status, 0)
  assert.match(wild.stderr, /worker-lease.*outside/)
})

test('docket config explains every setting and where it came from', () => {
  const { status, stdout } = run(['config'], { env: { ...process.env, DOCKET_WORKER_LEASE: '7s' } })
  assert.equal(status, 0)
  assert.match(stdout, /\(environment\)\nlease = 7s$/m)
})

test('docket version names itself', () => {
  const { status, stdout } = run(['version'])
  assert.equal(status, 0)
  assert.match(stdout, /^docket \d+\.\d+/)
})

test('whoever was let in before it closed its door is answered', async () => {
  const service = await Service.start({ DOCKET_API_DRAIN: '500ms' })
  // What came back for a question that was asked when `ready`.
  const ask = async (socket, ready) => {
    let said = ''
    socket.on('data', (d) => { said += d })
    await ready
    socket.write('GET /session HTTP/1.1\r\nHost: x\r\n\r\n')
    await socket.gone
    return said.slice(0, 12)
  }
  try {
    let close
    const closed = new Promise((resolve) => { close = resolve })
    const answers = [ask(await dial(service.port), closed)]
    const stopped = service.stop()
    // One after another, until none is let in. Whoever knocks while it closes hears nothing, then that nobody is there.
    const people = Array.from({ length: 16 }, async () => {
      for (;;) {
        const unheard = setTimeout(close, 250)
        const socket = await dial(service.port).catch(() => null)
        clearTimeout(unheard)
        if (!socket) return close()
        const answer = ask(socket)
        answers.push(answer)
        await answer
      }
    })
    await Promise.all(people)
    assert.deepEqual([...new Set(await Promise.all(answers))], ['HTTP/1.1 401'])
    assert.equal((await stopped).code, 0)
  } finally { await service.end() }
})

test('who has opened the control socket and says nothing holds no stop up', async () => {
  const service = await Service.start()
  try {
    // What it had not read yet makes its close a reset, which is as good an end here.
    const silent = connect(join(service.data, 'control.sock')).on('error', () => {}).resume()
    const gone = new Promise((resolve) => { silent.on('close', resolve) })
    await once(silent, 'connect')
    silent.write('{"question')
    // Its patience with who asks is 30 s, and stopping begins after it was asked.
    assert.equal((await service.stop('SIGTERM', 29)).code, 0)
    await gone
  } finally { await service.end() }
})
