// Faults, one after another, each on a service of its own: what is wrong must be named rightly within
// a minute, by the rules of ops/ at test speed. Prints how long each took.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Watch } from '../lib/prometheus.mjs'
import { killQuietly, sample, Service } from '../lib/service.mjs'

const receipt = () => sample('receipt-en.png')
const often = (ms, act) => {
  let on = true
  const running = (async () => { while (on) { await Promise.resolve(act()).catch(() => {}); await sleep(ms) } })()
  return async () => { on = false; await running }
}
const signalAll = (processes, signal) => processes.forEach(({ pid }) => killQuietly(pid, signal))

// [what is broken, the alert that must come, its labels, settings, (service, ann) => how to mend it]
const faults = [
  ['the service is gone', 'DocketDown', {}, {}, async (s) => { await s.kill() }],
  ['the model service dies again and again', 'DocketChildRestarts', {}, {}, (s) => often(100, () => signalAll(s.inference(), 'SIGKILL'))],
  ['the model does not fit', 'DocketInferenceUnavailable', {}, { DOCKET_INFERENCE_MODEL: 'nobody@9.9.9', DOCKET_WORKER_BACKOFF: '100ms', DOCKET_WORKER_MAX_ATTEMPTS: '10' },
    async (s, ann) => { for (let i = 0; i < 3; i++) await ann.upload(receipt(), { name: `${i}.png` }) }],
  ['parsers hang', 'DocketQueueStuck', {}, { DOCKET_WORKER_SLOTS: '1', DOCKET_PARSER_PAGE_TIME: '600s' },
    async (s, ann) => {
      const stop = often(20, () => signalAll(s.parsers(), 'SIGSTOP'))
      for (let i = 0; i < 4; i++) await ann.upload(receipt(), { name: `${i}.png` })
      return stop
    }],
  ['parsers are shot', 'DocketParsersDying', { reason: 'start' }, { DOCKET_WORKER_BACKOFF: '50ms' },
    (s, ann) => { const a = often(20, () => signalAll(s.parsers(), 'SIGKILL')), b = often(200, () => ann.upload(receipt(), { name: 'a.png' })); return async () => { await a(); await b() } }],
  ['parsers overrun their time', 'DocketParsersDying', { reason: 'timeout' }, { DOCKET_PARSER_PAGE_TIME: '1s', DOCKET_WORKER_BACKOFF: '50ms' },
    (s, ann) => { const a = often(500, () => signalAll(s.parsers(), 'SIGSTOP')), b = often(200, () => ann.upload(receipt(), { name: 'a.png' })); return async () => { await a(); await b() } }],
  ['results come too late', 'DocketBudgetBurn', { slo: 'result_time' }, { DOCKET_SLO_RESULT_LIMIT: '1ms' },
    (s, ann) => often(100, () => ann.read(receipt(), { name: 'a.png' }))],
  ['jobs run out of time', 'DocketJobsFailing', { code: 'job_deadline' }, { DOCKET_WORKER_JOB_DEADLINE: '1s', DOCKET_WORKER_BACKOFF: '10ms', DOCKET_WORKER_MAX_ATTEMPTS: '1' },
    (s, ann) => { const a = often(500, () => signalAll(s.parsers(), 'SIGSTOP')), b = often(200, () => ann.upload(receipt(), { name: 'a.png' })); return async () => { await a(); await b() } }],
  ['the worker falls silent past its leases', 'DocketLeasesLost', {}, { DOCKET_WORKER_LEASE: '300ms', DOCKET_PARSER_PAGE_TIME: '600s' },
    (s, ann) => often(50, async () => {
      await ann.upload(receipt(), { name: 'a.png' })
      await s.until('one at work', () => s.parsers().length > 0)
      killQuietly(s.pid, 'SIGSTOP')
      await sleep(1000)
      killQuietly(s.pid, 'SIGCONT')
    })],
  ['the disk is full', 'DocketDiskFull', {}, { small: true }, async () => {}],
  ['uploads fail on a full disk', 'DocketBudgetBurn', { slo: 'availability' }, { small: true },
    (s, ann) => often(50, () => ann.send(Buffer.concat([receipt(), Buffer.alloc(8 << 20)]), { name: 'a.png' }))],
]

for (const [what, alert, labels, { small, ...settings }, breakIt] of faults) {
  test(`${what}: ${alert} ${JSON.stringify(labels)}`, { skip: small && process.getuid() !== 0 ? 'mounting a small disk needs root' : false }, async (t) => {
    const disk = small ? mkdtempSync(join(tmpdir(), 'docket-disk-')) : null
    if (small) assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status, 0)
    if (small) mkdirSync(join(disk, 'data'))
    let service, watch, mend
    try {
      service = await Service.start(settings, { data: small ? join(disk, 'data') : null })
      const ann = await service.person('ann')
      watch = await Watch.start([`127.0.0.1:${service.adminPort}`])
      const t0 = Date.now()
      mend = await breakIt(service, ann)
      await watch.alerted(alert, labels, 60)
      t.diagnostic(`named after ${((Date.now() - t0) / 1000).toFixed(1)} s; firing: ${[...new Set((await watch.firing()).map((l) => l.alertname))].join(', ')}`)
    } finally {
      await mend?.()
      if (service?.alive) { signalAll(service.parsers(), 'SIGCONT'); await service.kill() }
      await watch?.end()
      if (small) { spawnSync('umount', [disk]); rmSync(disk, { recursive: true, force: true }) } else if (service) rmSync(service.data, { recursive: true, force: true })
    }
  })
}
