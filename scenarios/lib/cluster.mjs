// Many processes of the program as one service: each a node with ports of its own, and a balancer before
// those that serve people, which asks them whether they are ready and sends nothing to who is not.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Agent, createServer, request as ask } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from './client.mjs'
import { descendants, docket, freePort, killQuietly, quickHashes, temporaryFolder } from './service.mjs'

export class Node {
  constructor(cluster, kind, name) { Object.assign(this, { cluster, kind, name, log: join(cluster.data, `${name}.log`) }) }

  async up() {
    this.port ??= await freePort()
    this.adminPort ??= await freePort()
    const listen = { api: ['--listen', `127.0.0.1:${this.port}`], inference: ['--inference-listen', `tcp:127.0.0.1:${this.port}`], worker: [] }[this.kind]
    const log = openSync(this.log, 'a')
    this.child = spawn(docket, [this.kind, '--data', this.cluster.data, '--admin', `127.0.0.1:${this.adminPort}`, ...listen],
      { stdio: ['ignore', 'ignore', log], env: { ...this.cluster.environment(), ...this.settings } })
    closeSync(log)
    this.exited = once(this.child, 'exit')
    await this.until('ready', async () => {
      if (!this.alive) throw new Error(`${this.name} ended at once:\n${this.tail()}`)
      return this.ready()
    })
  }

  get pid() { return this.child.pid }
  get alive() { return this.child.exitCode === null && this.child.signalCode === null }
  async ready() {
    return (await fetch(`http://127.0.0.1:${this.adminPort}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => null))?.status === 200
  }
  parsers() { return descendants(this.pid).filter((c) => c.name === 'docket-parse') }

  // kill -9 of the node and of what it started, as when its container goes.
  async kill() {
    const pids = descendants(this.pid).map((c) => c.pid)
    this.child.kill('SIGKILL')
    await this.exited
    for (const pid of pids) killQuietly(pid)
  }
  // SIGSTOP and SIGCONT of the same: a machine that freezes.
  signal(signal) { for (const pid of [this.pid, ...descendants(this.pid).map((c) => c.pid)]) killQuietly(pid, signal) }
  // Asked to stop; its exit status.
  async stop() {
    this.child.kill('SIGTERM')
    await this.exited
    return this.child.exitCode
  }
  async end() { if (this.alive) { this.signal('SIGCONT'); this.child.kill('SIGKILL'); await this.exited } }

  events(name) {
    return readFileSync(this.log, 'utf8').split('\n').filter((l) => l.includes(`"${name}"`)).map((l) => JSON.parse(l))
  }
  tail(n = 12) { return existsSync(this.log) ? readFileSync(this.log, 'utf8').split('\n').slice(-n).join('\n') : '' }
  async until(what, holds, seconds = 90) {
    const end = Date.now() + seconds * 1000
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`${this.name}: not ${what} within ${seconds} s; its log ends:\n${this.tail()}`)
      await sleep(25)
    }
  }
}

// Sends each request once, to the next that is ready; what breaks on the way is a 502 to the client.
class Balancer {
  failures = []
  static async start(nodes) {
    const b = new Balancer()
    b.nodes = nodes
    b.agent = new Agent({ keepAlive: true })
    b.well = new Set(nodes)
    b.turn = 0
    b.server = createServer((request, response) => b.#pass(request, response))
    b.server.listen(0, '127.0.0.1')
    await once(b.server, 'listening')
    b.port = b.server.address().port
    b.looking = setInterval(() => { for (const n of nodes) n.ready().then((yes) => (yes ? b.well.add(n) : b.well.delete(n))) }, 100)
    return b
  }
  #pass(request, response) {
    const well = this.nodes.filter((n) => this.well.has(n))
    const node = (well.length ? well : this.nodes)[this.turn++ % (well.length || this.nodes.length)]
    const fail = (error) => {
      this.failures.push(`${request.method} ${request.url} by ${node.name}: ${error.message}`)
      if (response.headersSent) response.destroy()
      else response.writeHead(502, { 'content-type': 'text/plain' }).end(error.message)
    }
    const onward = ask({ port: node.port, host: '127.0.0.1', method: request.method, path: request.url, headers: request.headers, agent: this.agent }, (answer) => {
      const headers = { ...answer.headers }
      delete headers.connection
      delete headers['keep-alive']
      response.writeHead(answer.statusCode, headers)
      answer.on('error', fail)
      answer.pipe(response)
    })
    onward.on('error', fail)
    request.pipe(onward)
  }
  end() { clearInterval(this.looking); this.agent.destroy(); this.server.closeAllConnections(); this.server.close() }
}

export class Cluster {
  // shape: { api: 2, worker: 3, inference: 2 }; settings as for Service.
  static async start(servers, shape, settings = {}) {
    const c = new Cluster()
    c.servers = servers
    c.settings = settings
    c.data = temporaryFolder('cluster')
    c.nodes = Object.entries(shape).flatMap(([kind, n]) => Array.from({ length: n }, (_, i) => new Node(c, kind, `${kind}${i + 1}`)))
    for (const n of c.of('inference')) n.port = await freePort()
    await c.nodes[0].up() // it makes the tables
    await Promise.all(c.nodes.slice(1).map((n) => n.up()))
    c.balancer = await Balancer.start(c.of('api'))
    return c
  }

  of(kind) { return this.nodes.filter((n) => n.kind === kind) }
  node(name) { return this.nodes.find((n) => n.name === name) }
  environment() {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DOCKET_')))
    return { ...clean, ...quickHashes, ...this.servers.env, DOCKET_GENERAL_STORAGE: this.servers.env.TEST_PG_URL, DOCKET_GENERAL_BLOBS: this.servers.env.TEST_S3_URL ?? '',
      DOCKET_INFERENCE_AT: this.of('inference').map((n) => `tcp:127.0.0.1:${n.port}`).join(','), ...this.settings }
  }
  get url() { return `http://127.0.0.1:${this.balancer.port}` }
  // By way of the balancer, or straight to one node.
  client(node) { return new Client(node ? `http://127.0.0.1:${node.port}` : this.url) }
  async person(name) { const c = this.client(); await c.signup(name); return c }

  async end() {
    this.balancer?.end()
    await Promise.all(this.nodes.filter((n) => n.child).map((n) => n.end()))
    rmSync(this.data, { recursive: true, force: true })
  }
}
