// Real servers of a scenario's own, from tools/with-servers: they start with it and end with it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './service.mjs'

export class Servers {
  // what: 'pg', 'standby', 's3'. Null where their packages are missing (but an error in CI).
  static async start(...what) {
    const servers = new Servers()
    servers.child = spawn(join(root, 'tools/with-servers'), [...what, '--', 'sh', '-c', 'env; echo ready; read end'], { stdio: ['pipe', 'pipe', 'inherit'] })
    servers.exited = once(servers.child, 'exit')
    let said = ''
    for await (const piece of servers.child.stdout) {
      said += piece
      if (/^ready$/m.test(said)) break
    }
    if (!/^ready$/m.test(said)) {
      const [code] = await servers.exited
      if (code === 77) return null
      throw new Error(`tools/with-servers: ${code}\n${said}`)
    }
    servers.env = Object.fromEntries(said.split('\n').filter((l) => /^(TEST|AWS)_\w+=/.test(l)).map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]))
    return servers
  }

  // a is the first primary, b its standby; start, stop, kill, restart, promote.
  pg(which, order) {
    const { status, stderr } = spawnSync(join(this.env.TEST_PG_DIR, 'pg-ctl'), [which, order], { encoding: 'utf8', timeout: 60_000 })
    if (status !== 0) throw new Error(`pg-ctl ${which} ${order}: ${status} ${stderr}`)
  }

  // Rows of a statement, each a list of texts.
  sql(text, url = this.env.TEST_PG_URL) {
    const { status, stdout, stderr } = spawnSync('psql', ['-XAtq', '-F', '\t', url, '-c', text], { encoding: 'utf8', timeout: 30_000 })
    if (status !== 0) throw new Error(`psql: ${stderr}`)
    return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'))
  }

  async end() {
    this.child.stdin.end()
    await this.exited
  }
}
