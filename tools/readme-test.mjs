// Runs the shell session of a Markdown page against a service of its own and compares what it says.
//
// usage: node tools/readme-test.mjs README.md
//
// In a block marked `console` lines that start with "$ " are commands (continued by a backslash),
// the lines after them what is to come, in which "..." stands for anything. Commands share one shell,
// so a variable set by one is there for the next. The page's http://127.0.0.1:8080 becomes the
// address of the service under test; blocks of any other kind are only read.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Service, root } from '../scenarios/lib/service.mjs'

const page = readFileSync(process.argv[2] ?? 'README.md', 'utf8')
const commands = []
for (const [, block] of page.matchAll(/^```console\n([^]*?)^```/gm)) {
  for (const line of block.trimEnd().split('\n')) {
    const last = commands.at(-1)
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), expected: [] })
    else if (last?.command.endsWith('\\')) last.command += `\n${line}`
    else last?.expected.push(line)
  }
}
if (!commands.length) throw new Error('no console block in the page')

const service = await Service.start()
let failed = 0
try {
  const mark = '==== readme-test ===='
  const script = commands.map(({ command }) => `${command}\necho; echo "${mark}"`).join('\n').replaceAll('http://127.0.0.1:8080', service.url)
  const { stdout, stderr, status } = spawnSync('bash', ['-eu', '-o', 'pipefail', '-c', script],
    { cwd: root, encoding: 'utf8', timeout: 120_000, env: { ...process.env, PATH: `${root}/build/release/bin:${process.env.PATH}` } })
  const answers = stdout.split(`\n${mark}\n`)
  commands.forEach(({ command, expected }, i) => {
    const said = (answers[i] ?? '').trim()
    const pattern = expected.join('\n').trim().split('...').map((s) => s.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?')
    const good = !expected.length || new RegExp(`^${pattern}$`).test(said)
    console.log(`${good ? 'ok    ' : 'FAILED'} $ ${command.split('\n')[0]}`)
    if (!good) { failed++; console.log(`--- the page says\n${expected.join('\n')}\n--- it was\n${said}\n---`) }
  })
  if (status !== 0) { failed++; console.log(`the session ended with ${status}:\n${stderr}`) }
} finally { await service.end() }
process.exit(failed ? 1 : 0)
