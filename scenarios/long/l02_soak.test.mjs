// Load, and every second or so something is killed with -9: a parser, inference, the whole service.
// Then a checker that knows only what clients were told and what the public API says.
// SOAK_SECONDS and SOAK_SEED choose other numbers; the seed is printed.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ledger, check } from '../lib/ledger.mjs'
import { Load } from '../lib/load.mjs'
import { random } from '../lib/papers.mjs'
import { Service, killQuietly } from '../lib/service.mjs'

const seconds = Number(process.env.SOAK_SECONDS ?? 600)
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1e9)

test(`a soak of ${seconds} s with random kill -9 (seed ${seed})`, async (t) => {
  const r = random(seed)
  const service = await Service.start({
    DOCKET_WORKER_LEASE: '2s', DOCKET_WORKER_BACKOFF: '50ms', DOCKET_WORKER_MAX_ATTEMPTS: '20', DOCKET_WORKER_MAX_CRASHES: '20', DOCKET_LOG_LEVEL: 'warn',
  })
  const ledger = new Ledger(join(service.data, 'ledger.jsonl'))
  const people = new Map()
  for (const name of ['ann', 'bob', 'cleo']) people.set(name, await service.person(name))
  const kills = { parser: 0, inference: 0, service: 0 }
  const load = new Load(ledger, people)
  try {
    const end = Date.now() + seconds * 1000
    while (Date.now() < end) {
      await sleep(r.below(2000))
      const pick = r.below(10)
      if (pick < 4) for (const { pid } of service.parsers()) kills.parser += killQuietly(pid)
      else if (pick < 6) for (const { pid } of service.inference()) kills.inference += killQuietly(pid)
      else { await service.kill(); kills.service++; await service.up() }
    }
    await load.stop()
    for (const client of people.values()) for (const job of await client.all('/jobs', 200)) await client.finished(job.id)
    const { broken, ...counts } = await check(ledger, people)
    t.diagnostic(JSON.stringify({ kills, ...counts, broken: broken.length }))
    assert.deepEqual(broken, [])
    const { code } = await service.stop()
    assert.equal(code, 0)
  } finally { load.running = false; ledger.close(); await service.end() }
})
