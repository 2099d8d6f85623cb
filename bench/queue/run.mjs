// Docket's queue in PostgreSQL beside graphile-worker and pg-boss, on one server, in one run.
//
// usage: tools/with-servers pg -- node bench/queue/run.mjs [--rounds 3] [--jobs 20000] [--minutes 2] [rate|latency|snapshot|noisy]...
//
// Needs build/release and `npm ci` in bench/. TEST_SERVERS_DIR chooses the disk; by default the database lies
// in memory, and what is compared is work, not fsync. `--minutes 30` is the long look at an old snapshot.
import '../../tools/help.mjs'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { root } from '../../scenarios/lib/service.mjs'

const args = process.argv.slice(2)
const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback)
const rounds = Number(option('--rounds', 3))
const jobs = option('--jobs', '20000')
const wanted = args.filter((a, i) => !a.startsWith('--') && !args[i - 1]?.startsWith('--'))
const all = wanted.length === 0
const median = (list) => [...list].sort((a, b) => a - b)[(list.length - 1) >> 1]
const tell = (command, ...rest) => {
  const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${rest.join(' ')}: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}
const docket = (...rest) => tell(join(root, 'build/release/bin/queue_bench'), ...rest)
const other = (what) => tell(process.execPath, join(root, 'bench/queue/others.mjs'), what, jobs)

if (!process.env.TEST_PG_URL) throw new Error('run me by tools/with-servers pg --')
// For tests the server leaves undone what it does now and then; here it does that, as it would for people.
execFileSync('psql', [process.env.TEST_PG_URL, '-qAt', '-c', 'ALTER SYSTEM SET autovacuum = on', '-c', 'ALTER SYSTEM SET bgwriter_lru_maxpages = 100', '-c', 'SELECT pg_reload_conf()'])

if (all || wanted.includes('rate')) {
  const runners = {
    docket: () => docket('rate', '--jobs', jobs),
    'docket, batches of 32': () => docket('rate', '--jobs', jobs, '--batch', '32', '--threads', '64'),
    'graphile-worker': () => other('graphile'),
    'graphile-worker, local queue of 500': () => other('graphile-local'),
    'pg-boss': () => other('pg-boss'),
    'pg-boss, batches of 32': () => other('pg-boss-batch'),
  }
  const rates = {}
  for (let i = 0; i < rounds; i++) for (const [name, run] of Object.entries(runners)) (rates[name] ??= []).push(run().done_per_s)
  console.log(`empty jobs taken up and finished, ${cpus().length} cores, 16 at once (64 of docket's in batches), median of ${rounds} rounds of ${jobs}`)
  for (const [name, list] of Object.entries(rates)) console.log(`  ${name.padEnd(36)} ${String(median(list)).padStart(7)}/s`)
  const ratio = (a, b) => (median(rates[a]) / median(rates[b])).toFixed(2)
  console.log(`  single: ${ratio('docket', 'graphile-worker')}x graphile-worker, ${ratio('docket', 'pg-boss')}x pg-boss; in batches: ${ratio('docket, batches of 32', 'graphile-worker, local queue of 500')}x, ${ratio('docket, batches of 32', 'pg-boss, batches of 32')}x`)
}
if (all || wanted.includes('latency')) {
  const r = docket('latency')
  console.log(`from commit to pick-up on another node, idle: p50 ${r.p50_ms} ms, p99 ${r.p99_ms} ms, worst ${r.max_ms} ms`)
}
if (all || wanted.includes('noisy')) {
  const r = docket('noisy')
  console.log(`a quiet person's wait, alone: p50 ${r.alone_p50_ms} ms, p99 ${r.alone_p99_ms} ms; beside ${r.queued} papers of another: p50 ${r.beside_p50_ms} ms, p99 ${r.beside_p99_ms} ms (bar ${r.bar_ms} ms)`)
}
if (all || wanted.includes('snapshot')) {
  const r = docket('snapshot', '--minutes', option('--minutes', '2'), '--rate', option('--rate', '800'))
  console.log(`${r.minutes} minutes beside an old snapshot, ${r.offered_per_s} jobs/s offered: ${r.first_quarter_per_s}/s in the first quarter, ${r.last_quarter_per_s}/s in the last (${(100 * r.kept).toFixed(1)}% kept); a claim takes p50 ${r.claim_p50_ms} ms, p99 ${r.claim_p99_ms} ms, in the last quarter p99 ${r.claim_p99_last_quarter_ms} ms`)
}
