// The real program on free ports and a folder of its own: started, watched, killed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../tools/free-port.mjs'
import { Client, PASSWORD } from './client.mjs'

export const root = new URL('../../', import.meta.url).pathname
export const docket = join(root, 'build/release/bin/docket')
export const sample = (name) => readFileSync(join(root, 'samples', name))
export const sampleKey = (name) => JSON.parse(sample(`${name}.key.json`))

// Real papers, where this checkout has them beside it.
const data = join(root, '../shared/data')
export const realReceipts = (n) =>
  existsSync(join(data, 'sroie'))
    ? readdirSync(join(data, 'sroie')).filter((f) => f.endsWith('.jpg')).sort().slice(0, n)
        .map((f) => ({ name: f, bytes: readFileSync(join(data, 'sroie', f)),
                       key: JSON.parse(readFileSync(join(data, 'sroie', f.replace('.jpg', '.key.json')))) }))
    : []

export { freePort }

// Hashing passwords is slow on purpose; scenarios make many people, and prove the cost elsewhere.
// And they ask more often than people do; a scenario about limits sets its own.
export const quickHashes = {
  DOCKET_API_HASH_MEMORY: '8M', DOCKET_API_HASH_PASSES: '1', DOCKET_API_REQUESTS_PER_MINUTE: '0', DOCKET_API_SEARCHES_PER_MINUTE: '0', DOCKET_API_EXPORTS_PER_MINUTE: '0',
  DOCKET_API_UPLOADS_PER_MINUTE: '0', DOCKET_API_AUTH_PER_MINUTE: '0', DOCKET_API_GUESSES_PER_MINUTE: '0',
}

// Every process that this one has started, and theirs: [{ pid, name, command }].
export const descendants = (ancestor) => {
  const byParent = new Map()
  for (const pid of readdirSync('/proc').filter((f) => /^\d+$/.test(f))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z') continue
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      byParent.set(Number(parent), [...(byParent.get(Number(parent)) ?? []), { pid: Number(pid), name, command }])
    } catch { /* it ended while we looked */ }
  }
  const found = []
  const walk = (pid) => (byParent.get(pid) ?? []).forEach((c) => { found.push(c); walk(c.pid) })
  walk(ancestor)
  return found
}

// kB of memory that a process holds; 0 of one that has ended.
export const residentKbOf = (pid) => {
  try { return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) } catch { return 0 }
}

// A folder that goes when this process does.
export const temporaryFolder = (name) => {
  const folder = mkdtempSync(join(tmpdir(), `docket-${name}-`))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export class Service {
  #child = null
  #exited = null

  // settings: environment over the defaults of scenarios, e.g. { DOCKET_WORKER_LEASE: '1s' }
  static async start(settings = {}, { data = null, port = null } = {}) {
    const service = new Service()
    service.keep = data !== null
    service.data = data ?? temporaryFolder('scenario')
    service.settings = { ...quickHashes, ...settings }
    service.log = join(service.data, 'log.jsonl')
    service.port = port ?? await freePort()
    service.adminPort = await freePort()
    await service.up()
    return service
  }

  get url() { return `http://127.0.0.1:${this.port}` }
  get admin() { return `http://127.0.0.1:${this.adminPort}` }
  get pid() { return this.#child?.pid }
  get alive() { return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null }

  environment() {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DOCKET_')))
    return { ...clean, ...this.settings }
  }
  args() { return ['up', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--admin', `127.0.0.1:${this.adminPort}`] }

  async up(seconds = 90) {
    const log = openSync(this.log, 'a', 0o600)
    this.#child = spawn(docket, this.args(), { stdio: ['ignore', 'ignore', log], env: this.environment() })
    closeSync(log)
    this.#exited = once(this.#child, 'exit')
    await this.until('ready', async () => {
      if (!this.alive) throw new Error(`docket up ended at once:\n${this.tail()}`)
      return (await fetch(`${this.admin}/readyz`).catch(() => null))?.status === 200
    }, seconds)
  }

  // Poll until it holds; tests wait for events, never for a fixed time.
  async until(what, holds, seconds = 90) {
    const end = Date.now() + seconds * 1000
    for (;;) {
      if (await holds()) return
      if (Date.now() > end) throw new Error(`not ${what} within ${seconds} s; the log ends:\n${this.tail()}`)
      await sleep(25)
    }
  }

  // Asks it to stop. How it ended: { code, signal, seconds }.
  async stop(signal = 'SIGTERM', seconds = 40) {
    if (!this.alive) return { code: this.#child?.exitCode ?? null, signal: this.#child?.signalCode ?? null, seconds: 0 }
    const t0 = Date.now()
    this.#child.kill(signal)
    const timer = sleep(seconds * 1000, 'late', { ref: false })
    if ((await Promise.race([this.#exited, timer])) === 'late') {
      this.#child.kill('SIGKILL')
      await this.#exited
      throw new Error(`docket up did not stop within ${seconds} s of ${signal}; the log ends:\n${this.tail()}`)
    }
    return { code: this.#child.exitCode, signal: this.#child.signalCode, seconds: (Date.now() - t0) / 1000 }
  }

  // kill -9 of the whole service: the process and, as a power cut would, all that it started.
  async kill() {
    const pids = this.children().map((c) => c.pid)
    this.#child.kill('SIGKILL')
    await this.#exited
    for (const pid of pids) killQuietly(pid)
  }

  children() { return descendants(this.pid) }
  parsers() { return this.children().filter((c) => c.name === 'docket-parse') }
  nurseries() { return this.children().filter((c) => c.name === 'docket-nursery') }
  inference() { return this.children().filter((c) => / inference\b/.test(c.command)) }

  // kB of resident memory, of the process and its children together.
  residentKb() {
    return [{ pid: this.pid }, ...this.children()].reduce((sum, { pid }) => sum + residentKbOf(pid), 0)
  }

  events() {
    return readFileSync(this.log, 'utf8').split('\n').filter(Boolean)
      .map((line) => { try { return JSON.parse(line) } catch { return { event: 'not json', line } } })
  }
  tail(n = 15) { return existsSync(this.log) ? readFileSync(this.log, 'utf8').split('\n').slice(-n).join('\n') : '' }
  async metrics() { return (await fetch(`${this.admin}/metrics`)).text() }

  client() { return new Client(this.url) }
  async person(name) { const c = this.client(); await c.signup(name); return c }

  async end() {
    if (this.alive) await this.stop().catch(async (error) => { this.#child.kill('SIGKILL'); throw error })
    if (!this.keep) rmSync(this.data, { recursive: true, force: true })
  }
}

export const killQuietly = (pid, signal = 'SIGKILL') => { try { process.kill(pid, signal); return true } catch { return false } }

// A command of the program, run to its end.
export const run = (args, options = {}) =>
  spawnSync(docket, args, { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26, ...options })

// An admin, made as they all are: on the command line.
export const adminOf = async (service) => {
  const email = `admin-${Math.random().toString(36).slice(2)}@example.org`
  const made = spawnSync(docket, ['user', 'add', email, '--admin', '--data', service.data], { encoding: 'utf8', input: `${PASSWORD}\n`, env: service.environment(), timeout: 60_000 })
  if (made.status !== 0) throw new Error(`docket user: ${made.stderr}`)
  const c = service.client()
  c.email = email
  const { body } = await c.must(200, 'POST', '/login', { json: { email, password: PASSWORD } })
  c.token = body.token
  c.user = body.user
  return c
}

// One service for all tests of a file, and what they need in it, made in one hook: Node runs several
// hooks of a file at the same time.
//   const service = serviceFor({ before, after }, { DOCKET_WORKER_SLOTS: '1' }, async (service) => { ... })
export const serviceFor = (hooks, settings, prepare) => {
  const holder = { service: null }
  hooks.before(async () => {
    holder.service = await Service.start(settings)
    await prepare?.(holder.service)
  })
  hooks.after(async () => { await holder.service?.end() })
  return new Proxy({}, {
    get: (_, name) => {
      const value = holder.service[name]
      return typeof value === 'function' ? value.bind(holder.service) : value
    },
  })
}
