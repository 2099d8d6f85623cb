// Runs the scenarios: node scenarios/run.mjs [browser|cluster|long|FILE...]
// Files run in the order of their names, two at a time; the first red one is the simplest. A run of all of them has
// met every operation of api/openapi.yaml with every answer that it describes, success or refusal, or fails.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unseen } from './lib/openapi.mjs'

const here = new URL('.', import.meta.url).pathname
const testsOf = (folder) => readdirSync(join(here, folder)).filter((f) => f.endsWith('.test.mjs')).sort().map((f) => join(here, folder, f))
const [what, ...more] = process.argv.slice(2)
const files =
  what === undefined ? [...testsOf('lib'), ...testsOf('.')] : ['browser', 'cluster', 'long'].includes(what) ? testsOf(what) : [what, ...more]
const atOnce = what === 'long' || what === 'cluster' ? 1 : 2
const seen = mkdtempSync(join(tmpdir(), 'docket-seen-'))
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', `--test-concurrency=${atOnce}`, ...files],
  { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '', SCENARIOS_SEEN: seen } },
)
const missed = what === undefined ? unseen(seen).filter((claim) => / \d+$/.test(claim)) : []
if (missed.length) console.error(`described in api/openapi.yaml and met by no scenario:\n  ${missed.join('\n  ')}`)
if (process.env.KEEP_SEEN) console.error(unseen(seen).join('\n'), seen)
else rmSync(seen, { recursive: true })
process.exit(status || missed.length ? 1 : 0)
