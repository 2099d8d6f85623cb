// nginx as deploy/ shows it, before services on this machine, with a certificate of a day.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { join } from 'node:path'
import { freePort, root, temporaryFolder } from './service.mjs'

export class Nginx {
  // Null where nginx or openssl is not installed (but an error in CI).
  static async start(ports) {
    for (const program of ['nginx', 'openssl'])
      if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) {
        if (process.env.CI) throw new Error(`${program} is not installed: tools/bootstrap --test`)
        return null
      }
    const n = new Nginx()
    n.folder = temporaryFolder('nginx')
    n.plain = await freePort()
    n.secure = await freePort()
    assert.equal(spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(n.folder, 'privkey.pem'), '-out', join(n.folder, 'fullchain.pem'), '-subj', '/CN=docket.example', '-days', '1']).status, 0)
    mkdirSync(join(n.folder, 'logs'))
    const example = readFileSync(join(root, 'deploy/nginx/docket.conf'), 'utf8'), line = /server 127\.0\.0\.1:8080(.*);/.exec(example)
    const site = example.replaceAll('/etc/letsencrypt/live/docket.example', n.folder)
      .replace(line[0], ports.map((port) => `server 127.0.0.1:${port}${line[1]};`).join(' '))
      .replace('listen 80;', `listen 127.0.0.1:${n.plain};`).replace('listen 443 ssl', `listen 127.0.0.1:${n.secure} ssl`)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${n.folder}/${what};`).join(' ')
    writeFileSync(join(n.folder, 'nginx.conf'), `daemon off; pid ${n.folder}/pid; error_log ${n.folder}/logs/error.log;\nevents {}\nhttp { access_log ${n.folder}/logs/access.log; ${temporary}\n${site}\n}\n`)
    const args = ['-e', join(n.folder, 'logs/error.log'), '-c', join(n.folder, 'nginx.conf')]
    const tried = spawnSync('nginx', ['-t', ...args], { encoding: 'utf8' })
    assert.equal(tried.status, 0, tried.stderr)
    assert.doesNotMatch(tried.stderr, /\[warn\]/)
    n.child = spawn('nginx', args, { stdio: 'ignore' })
    n.exited = once(n.child, 'exit')
    return n
  }

  accessLog() { return readFileSync(join(this.folder, 'logs/access.log'), 'utf8') }
  errorLog() { return readFileSync(join(this.folder, 'logs/error.log'), 'utf8') }

  // By TLS: { status, headers, text }.
  ask(method, path, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const request = https.request({ host: '127.0.0.1', port: this.secure, method, path, rejectUnauthorized: false, servername: 'docket.example', headers: { host: 'docket.example', ...headers } }, async (answer) => {
        const pieces = []
        for await (const piece of answer) pieces.push(piece)
        resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(pieces).toString() })
      })
      request.on('error', reject)
      request.end(body)
    })
  }

  async end() {
    this.child.kill()
    await this.exited
    rmSync(this.folder, { recursive: true })
  }
}
