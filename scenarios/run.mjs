// Runs the scenarios: node scenarios/run.mjs [browser|cluster|long|FILE...]
// Files run in the order of their names, two at a time; the first red one is the simplest.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const here = new URL('.', import.meta.url).pathname
const testsOf = (folder) => readdirSync(join(here, folder)).filter((f) => f.endsWith('.test.mjs')).sort().map((f) => join(here, folder, f))
const [what, ...more] = process.argv.slice(2)
const files =
  what === undefined ? [...testsOf('lib'), ...testsOf('.')] : ['browser', 'cluster', 'long'].includes(what) ? testsOf(what) : [what, ...more]
const atOnce = what === 'long' || what === 'cluster' ? 1 : 2
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', `--test-concurrency=${atOnce}`, ...files],
  { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '' } },
)
process.exit(status ?? 1)
