// The store of files does not answer while papers are read: they wait for it, and none of them fails.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Cluster } from '../lib/cluster.mjs'
import { Servers } from '../lib/servers.mjs'
import { sample } from '../lib/service.mjs'

let servers, cluster
before(async () => {
  servers = await Servers.start('pg', 'faulty')
  if (servers) cluster = await Cluster.start(servers, { api: 1, worker: 1, inference: 1 }, {
    DOCKET_GENERAL_BLOBS: servers.env.TEST_S3_FAULTY_URL, DOCKET_WORKER_MAX_ATTEMPTS: '1', DOCKET_WORKER_BACKOFF: '50ms' })
})
after(async () => { await cluster?.end(); await servers?.end() })

const plan = (lines) => writeFileSync(servers.env.TEST_S3_PLAN, lines)

for (const [what, first] of [['a paper is fetched', ''], ['what was read is kept', 'none\n']])
  test(`the store of files is away when ${what}`, async (t) => {
    if (!cluster) return t.skip('the servers are not installed')
    const worker = cluster.node('worker1'), ann = await cluster.person('ann')
    worker.signal('SIGSTOP')
    const { id } = await ann.upload(sample('receipt-en.png'), { name: 'a.png' })
    plan(first + '503\n'.repeat(5000))
    worker.signal('SIGCONT')
    const told = (event) => worker.events(event).filter((e) => e.job_id === id)
    await worker.until('told', () => told('job.retrying').length + told('job.failed').length > 0)
    plan('')
    const job = await ann.finished(id)
    assert.equal(job.status, 'done', JSON.stringify(job.error))
    assert.equal(job.attempt, 1, 'what is no fault of the paper costs it no attempt')
    t.diagnostic(`tried again ${told('job.retrying').length} times`)
  })
