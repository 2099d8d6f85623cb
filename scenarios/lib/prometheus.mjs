// Prometheus and Alertmanager, the real ones, with the rules and routes of ops/ at test speed: every
// window and wait of the rules is divided by SCALE.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, root } from './service.mjs'

export const SCALE = 60
const programs = { prometheus: '/usr/bin/prometheus', alertmanager: '/usr/bin/prometheus-alertmanager' }
export const missing = Object.values(programs).filter((p) => !existsSync(p)).join(', ')

export class Watch {
  pages = [] // what reached the webhook: { status, name, labels }

  // targets: () => the host:port of each admin port, asked once.
  static async start(targets) {
    const w = new Watch()
    w.dir = mkdtempSync(join(tmpdir(), 'docket-watch-'))
    w.webhook = createServer(async (request, response) => {
      let text = ''
      for await (const piece of request) text += piece
      for (const { status, labels, annotations } of JSON.parse(text).alerts)
        w.pages.push({ status, name: labels.alertname, labels, runbook: annotations.runbook })
      response.end()
    })
    w.webhook.listen(0, '127.0.0.1')
    await once(w.webhook, 'listening')
    w.port = await freePort()
    w.alertPort = await freePort()
    w.write(targets)
    w.children = [
      w.run('alertmanager', [`--config.file=${w.dir}/alertmanager.yml`, `--storage.path=${w.dir}/am`,
        `--web.listen-address=127.0.0.1:${w.alertPort}`, '--cluster.listen-address=']),
      w.run('prometheus', [`--config.file=${w.dir}/prometheus.yml`, `--storage.tsdb.path=${w.dir}/tsdb`,
        `--web.listen-address=127.0.0.1:${w.port}`, '--enable-feature=exemplar-storage']),
    ]
    await w.until('watching', async () => (await fetch(`${w.url}/-/ready`).catch(() => null))?.ok &&
      (await fetch(`http://127.0.0.1:${w.alertPort}/-/ready`).catch(() => null))?.ok &&
      (await w.query('count(up == 1)'))[0]?.value > 0)
    return w
  }
  get url() { return `http://127.0.0.1:${this.port}` }

  write(targets) {
    const rules = spawnSync(process.execPath, [join(root, 'tools/prometheus-rules.mjs'), '--scale', String(SCALE), '--print'], { encoding: 'utf8' })
    writeFileSync(join(this.dir, 'docket.rules.yml'), rules.stdout)
    const ours = (name) => readFileSync(join(root, 'ops', name), 'utf8')
    writeFileSync(join(this.dir, 'prometheus.yml'), ours('prometheus/prometheus.yml').replaceAll(/_interval: \d+s/g, '_interval: 1s')
      .replace(/targets: \['127\.0\.0\.1:9090'\]/, `targets: [${targets.map((t) => `'${t}'`)}]`)
      .replace("'127.0.0.1:9093'", `'127.0.0.1:${this.alertPort}'`))
    // Tickets come to the same webhook: no mail server is needed to see them arrive.
    const hook = `    webhook_configs:\n      - url: 'http://127.0.0.1:${this.webhook.address().port}/'\n        send_resolved: true\n`
    writeFileSync(join(this.dir, 'alertmanager.yml'), ours('alertmanager/alertmanager.yml')
      .replaceAll(/(group_wait|group_interval): \S+/g, '$1: 1s').replace(/receivers:[^]*/, `receivers:\n  - name: pages\n${hook}  - name: tickets\n${hook}`))
  }
  run(name, args) {
    const log = openSync(join(this.dir, `${name}.log`), 'a')
    return spawn(programs[name], args, { stdio: ['ignore', log, log] })
  }

  async until(what, holds, seconds = 60) {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const got = await holds()
      if (got) return got
      if (Date.now() > end) throw new Error(`not ${what} within ${seconds} s; firing: ${JSON.stringify(await this.firing())}`)
      await sleep(100)
    }
  }
  async query(text) {
    const answer = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(text)}`).then((r) => r.json()).catch(() => ({}))
    if (answer.status === 'error') throw new Error(`${text}: ${answer.error}`)
    return (answer.data?.result ?? []).map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }
  async firing() {
    const { data } = await fetch(`${this.url}/api/v1/alerts`).then((r) => r.json())
    return data.alerts.filter((a) => a.state === 'firing').map((a) => a.labels)
  }
  told(status, name, labels = {}) {
    return this.pages.find((p) => p.status === status && p.name === name && Object.entries(labels).every(([k, v]) => p.labels[k] === v))
  }
  // The alert fired, reached the webhook, and names a runbook that exists.
  async alerted(name, labels, seconds = 60) {
    const page = await this.until(`paged for ${name}`, () => this.told('firing', name, labels), seconds)
    if (!existsSync(join(root, page.runbook))) throw new Error(`${name} names ${page.runbook}, which is not there`)
    return page
  }
  cleared(name, labels, seconds = 60) { return this.until(`clear of ${name}`, () => this.told('resolved', name, labels), seconds) }

  async end() {
    for (const child of this.children ?? []) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    this.webhook.closeAllConnections()
    this.webhook.close()
    rmSync(this.dir, { recursive: true, force: true })
  }
}
