// The queues that most people would take, doing the same on the same server: jobs that do nothing, queued
// beforehand, then each taken up and finished. Prints one line of JSON.
//
// usage: node bench/queue/others.mjs graphile|graphile-local|pg-boss|pg-boss-batch JOBS
import { performance } from 'node:perf_hooks'
import PgBoss from 'pg-boss'
import { Logger, run, runMigrations } from 'graphile-worker'
import pg from 'pg'

const [what, count] = process.argv.slice(2)
const jobs = Number(count)
const url = process.env.TEST_PG_URL
if (!url) throw new Error('run me by tools/with-servers pg --')
const AT_ONCE = 16
const report = (t0) => console.log(JSON.stringify({ what, jobs, done_per_s: Math.round(jobs / ((performance.now() - t0) / 1000)) }))

const graphile = async (worker) => {
  const pool = new pg.Pool({ connectionString: url })
  await runMigrations({ connectionString: url })
  await pool.query("SELECT graphile_worker.add_jobs(array_agg(json_populate_record(NULL::graphile_worker.job_spec, json_build_object('identifier', 'nothing', 'payload', '{}'::json)))) FROM generate_series(1, $1)", [jobs])
  let done = 0, all
  const finished = new Promise((resolve) => { all = resolve })
  const t0 = performance.now()
  const runner = await run({
    logger: new Logger(() => () => {}),
    preset: { worker: { connectionString: url, concurrentJobs: AT_ONCE, maxPoolSize: AT_ONCE + 2, ...worker } },
    taskList: { nothing: () => { if (++done === jobs) all() } },
  })
  await finished
  // Finished is finished in the database, not in our memory.
  for (;;) {
    const { rows } = await pool.query('SELECT count(*)::int AS left FROM graphile_worker.jobs')
    if (rows[0].left === 0) break
  }
  report(t0)
  await runner.stop()
  await pool.end()
}

const boss = async (batchSize) => {
  const boss = new PgBoss({ connectionString: url, max: AT_ONCE + 2, supervise: false, schedule: false })
  await boss.start()
  const queue = `nothing-${batchSize}`
  await boss.createQueue(queue)
  for (let i = 0; i < jobs; i += 1000) await boss.insert(Array.from({ length: Math.min(1000, jobs - i) }, () => ({ name: queue, data: {} })))
  const t0 = performance.now()
  // Its own work() sleeps half a second between polls: fetch and complete are what it can do.
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (;;) {
      const got = await boss.fetch(queue, { batchSize })
      if (!got.length) return
      await boss.complete(queue, got.map((j) => j.id))
    }
  }))
  report(t0)
  await boss.stop({ graceful: false })
}

const modes = {
  graphile: () => graphile({}),
  'graphile-local': () => graphile({ localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
  'pg-boss': () => boss(1),
  'pg-boss-batch': () => boss(32),
}
if (!modes[what] || !(jobs > 0)) throw new Error('usage: others.mjs graphile|graphile-local|pg-boss|pg-boss-batch JOBS')
await modes[what]()
process.exit(0)
