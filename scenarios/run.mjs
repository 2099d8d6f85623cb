// Runs the scenarios: node scenarios/run.mjs [browser|cluster|long|FILE...]
// Files run in the order of their names, two at a time; the first red one is the simplest. A run of all of them has
// met every operation of api/openapi.yaml with every answer that it describes, success or refusal, or fails.
// One or two files that fail run once more, by themselves: if they pass then they are told as unsteady, and do not fail.
// Not where something is killed or goes away: what is lost there once is lost.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { unseen } from './lib/openapi.mjs'

const here = new URL('.', import.meta.url).pathname
const testsOf = (folder) => readdirSync(join(here, folder)).filter((f) => f.endsWith('.test.mjs')).sort().map((f) => join(here, folder, f))
const [what, ...more] = process.argv.slice(2)
const files =
  what === undefined ? [...testsOf('lib'), ...testsOf('.')] : ['browser', 'cluster', 'long'].includes(what) ? testsOf(what) : [what, ...more]
const atOnce = what === 'long' || what === 'cluster' ? 1 : 2
const longest = 20 * 60_000 // a test that waits for ever is a red one
const seen = mkdtempSync(join(tmpdir(), 'docket-seen-'))
// The files that failed of those; null where node itself did.
const run = (files, atOnce) => {
  const list = join(seen, 'failed-files')
  const { status, error } = spawnSync(
    process.execPath,
    ['--test', `--test-concurrency=${atOnce}`, '--test-reporter=spec', '--test-reporter-destination=stdout',
      `--test-reporter=${join(here, 'lib/failed-files.mjs')}`, `--test-reporter-destination=${list}`, ...files],
    { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '', SCENARIOS_SEEN: seen }, timeout: files.some((file) => /\blong\//.test(file)) ? 0 : longest },
  )
  if (error?.code === 'ETIMEDOUT') console.error(`not ok: something hangs, ${longest / 60_000} minutes are over; what was told last had ended`)
  const failed = readFileSync(list, 'utf8').split('\n').filter(Boolean)
  rmSync(list)
  return status === 0 ? [] : failed.length ? failed : null
}
const first = run(files, atOnce)
const killing = /\/(cluster|long)\/|_kill\./
const again = first?.length > 0 && first.length <= 2 && !first.some((file) => killing.test(file))
const failed = again ? run(first, 1) : first
if (again && failed?.length === 0) for (const file of first) console.log(`unsteady: ${relative(here, file)}`)
const missed = what === undefined ? unseen(seen).filter((claim) => / \d+$/.test(claim)) : []
if (missed.length) console.error(`described in api/openapi.yaml and met by no scenario:\n  ${missed.join('\n  ')}`)
if (process.env.KEEP_SEEN) console.error(unseen(seen).join('\n'), seen)
else rmSync(seen, { recursive: true })
process.exit(failed?.length !== 0 || missed.length ? 1 : 0)
