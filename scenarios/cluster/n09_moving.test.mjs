// A household's installation on one machine moves to a cluster, and a cluster's backup to another one, by the commands
// that operators have: people log in as before and see the same papers.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PASSWORD } from '../lib/client.mjs'
import { Cluster } from '../lib/cluster.mjs'
import { Servers } from '../lib/servers.mjs'
import { Service, docket, run, sample } from '../lib/service.mjs'

const papers = ['receipt-en.png', 'letter-fax.tiff', 'receipt-en.jpg']
let servers
let folder
before(async () => { servers = await Servers.start('pg', 's3'); folder = mkdtempSync(join(tmpdir(), 'docket-moving-')) })
after(async () => { await servers?.end(); rmSync(folder, { recursive: true, force: true }) })

// What one person can see, to be compared: lists, results, pages, originals, search.
const seenBy = async (client) => {
  const documents = (await client.all('/documents')).map(({ id, ...rest }) => ({ id, ...rest }))
  const of = async (d) => ({
    result: await client.result(d.job_id),
    original: (await client.must(200, 'GET', `/documents/${d.id}/original`)).body,
    page: (await client.must(200, 'GET', `/documents/${d.id}/pages/1`)).body,
  })
  return { documents, each: await Promise.all(documents.map(of)), found: (await client.must(200, 'GET', '/documents?q=total')).body.items.map((d) => d.id) }
}

const sameFor = async (cluster, person, seen) => {
  const again = cluster.client()
  again.token = person.token // a session outlives the move
  assert.deepEqual(await seenBy(again), seen)
  const fresh = cluster.client()
  fresh.token = (await fresh.must(200, 'POST', '/login', { json: { email: person.email, password: PASSWORD } })).body.token
  assert.deepEqual(await seenBy(fresh), seen)
  const { job } = await fresh.read(sample('receipt-en.jpg'), { name: 'new.jpg' }) // and life goes on
  assert.equal(job.status, 'done')
}

test('a copy that was killed on its way goes on, and people find all as it was; so they do after a restore', { timeout: 300_000 }, async (t) => {
  if (!servers) return t.skip('the servers are not installed')
  mkdirSync(join(folder, 'old'))
  const old = await Service.start({}, { data: join(folder, 'old') })
  const person = await old.person('mover')
  for (const name of papers) await person.read(sample(name), { name })
  const seen = await seenBy(person)
  assert.equal(seen.documents.length, papers.length)

  const env = { ...process.env, ...servers.env, DOCKET_GENERAL_STORAGE: servers.env.TEST_PG_URL, DOCKET_GENERAL_BLOBS: servers.env.TEST_S3_URL }
  const copy = ['storage', 'copy', '--data', old.data]
  const early = run(copy, { env })
  assert.equal(early.status, 1)
  assert.match(early.stderr, /in use by another process/)
  assert.equal((await old.stop()).code, 0)

  const killed = spawn(docket, copy, { env, stdio: 'ignore' })
  await sleep(Math.random() * 300) // anywhere; pg_storage_test kills it at every step
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const refused = run([...copy, '--to', 'postgresql://docket:secret@127.0.0.1/x'], { env })
  assert.equal(refused.status, 64)
  assert.match(refused.stderr, /password on the command line/)
  const done = run(copy, { env })
  assert.equal(done.status, 0, done.stderr)
  assert.match(done.stdout, /Copied and compared: \d+ rows, \d+ files/)
  assert.match(done.stdout, /audit holds together/)
  const again = run(copy, { env })
  assert.equal(again.status, 0, again.stderr)

  const cluster = await Cluster.start(servers, { api: 1, worker: 1, inference: 1 })
  const backup = join(folder, 'backup')
  try {
    await sameFor(cluster, person, seen)
    const late = run(copy, { env })
    assert.equal(late.status, 1)
    assert.match(late.stderr, /rows of its own/)
    const made = run(['backup', backup], { env }) // while people are at it
    assert.equal(made.status, 0, made.stderr)
    const checked = run(['backup', '--check', backup], { env })
    assert.equal(checked.status, 0, checked.stderr)
    const full = run(['restore', backup], { env })
    assert.equal(full.status, 1)
    assert.match(full.stderr, /holds rows already/)
  } finally { await cluster.end() }

  servers.sql('CREATE DATABASE restored')
  const to = { TEST_PG_URL: servers.env.TEST_PG_URL.replace('/postgres', '/restored'), TEST_S3_URL: `${servers.env.TEST_S3_URL}&prefix=restored` }
  const elsewhere = Object.assign(Object.create(servers), { env: { ...servers.env, ...to } })
  const restored = run(['restore', backup, '--data', join(folder, 'new')], { env: { ...env, DOCKET_GENERAL_STORAGE: to.TEST_PG_URL, DOCKET_GENERAL_BLOBS: to.TEST_S3_URL } })
  assert.equal(restored.status, 0, restored.stderr)
  const second = await Cluster.start(elsewhere, { api: 1, worker: 1, inference: 1 })
  try {
    const there = second.client()
    there.token = person.token
    const found = await seenBy(there)
    assert.deepEqual(found.documents.slice(-papers.length), seen.documents)
    assert.equal(found.documents.length, papers.length + 1) // and the one that was read on the cluster
  } finally { await second.end() }
})
