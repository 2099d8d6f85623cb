// Runs the shell session of a Markdown page against a service of its own and compares what it says.
//
// usage: node tools/readme-test.mjs README.md [PAGE...]
//
// In a block marked `console` lines that start with "$ " are commands (continued by a backslash),
// the lines after them what is to come, in which "..." stands for anything. Commands share one shell,
// so a variable set by one is there for the next. The page's http://127.0.0.1:8080 becomes the
// address of the service under test, whose settings apply to commands too; /var/ becomes a folder
// that goes afterwards. Blocks of any other kind are only read.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Service, root } from '../scenarios/lib/service.mjs'

const sessionOf = (page) => {
  const commands = []
  for (const [, block] of readFileSync(page, 'utf8').matchAll(/^```console\n([^]*?)^```/gm)) {
    for (const line of block.trimEnd().split('\n')) {
      const last = commands.at(-1)
      if (line.startsWith('$ ')) commands.push({ command: line.slice(2), expected: [] })
      else if (last?.command.endsWith('\\')) last.command += `\n${line}`
      else last?.expected.push(line)
    }
  }
  if (!commands.length) throw new Error(`no console block in ${page}`)
  return commands
}

const play = (commands, service, folder) => {
  let failed = 0
  const mark = '==== readme-test ===='
  const script = commands.map(({ command }) => `${command}\necho; echo "${mark}"`).join('\n').replaceAll('http://127.0.0.1:8080', service.url).replaceAll('/var/', `${folder}/`)
  const { stdout, stderr, status } = spawnSync('bash', ['-eu', '-o', 'pipefail', '-c', script],
    { cwd: root, encoding: 'utf8', timeout: 120_000, env: { ...process.env, DOCKET_GENERAL_DATA: service.data, PATH: `${root}/build/release/bin:${process.env.PATH}` } })
  const answers = stdout.split(`\n${mark}\n`)
  commands.forEach(({ command, expected }, i) => {
    const said = (answers[i] ?? '').trim()
    const pattern = expected.join('\n').trim().split('...').map((s) => s.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?')
    const good = !expected.length || new RegExp(`^${pattern}$`).test(said)
    console.log(`${good ? 'ok    ' : 'FAILED'} $ ${command.split('\n')[0]}`)
    if (!good) { failed++; console.log(`--- the page says\n${expected.join('\n')}\n--- it was\n${said}\n---`) }
  })
  if (status !== 0) { failed++; console.log(`the session ended with ${status}:\n${stderr}`) }
  return failed
}

const pages = process.argv.slice(2)
const sessions = (pages.length ? pages : ['README.md']).map(sessionOf)
const service = await Service.start()
const folder = mkdtempSync(join(tmpdir(), 'docket-pages-'))
let failed = 0
try {
  for (const commands of sessions) failed += play(commands, service, folder)
} finally { await service.end(); rmSync(folder, { recursive: true }) }
process.exit(failed ? 1 : 0)
