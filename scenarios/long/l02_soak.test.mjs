// Load, and every second or so something is killed with -9: a parser, inference, the whole service.
// Then a checker that knows only what clients were told and what the public API says.
// SOAK_SECONDS and SOAK_SEED choose other numbers; the seed is printed.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ledger, check, sha256 } from '../lib/ledger.mjs'
import { paperSaying, random } from '../lib/papers.mjs'
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
  let running = true
  const kills = { parser: 0, inference: 0, service: 0 }
  try {
    const load = [...people].map(async ([person, client], p) => {
      const open = []
      for (let i = 0; running; i++) {
        const key = randomUUID(), nonce = `NONCE${p}X${i}Q`, paper = paperSaying(nonce)
        ledger.write({ type: 'sent', person, key, nonce, sha: sha256(paper) })
        // Until an answer comes: nobody knows what became of a request whose connection broke.
        for (;;) {
          const answer = await client.send(paper, { name: `${nonce}.pdf`, key }).catch(() => null)
          if (answer?.status === 202) {
            ledger.write({ type: 'acked', key, job: answer.body.id })
            open.push(answer.body.id)
            // I8: what was acknowledged can be read at once (or the service is just being killed).
            const at = await client.call('GET', `/jobs/${answer.body.id}`).catch(() => null)
            if (at) assert.equal(at.status, 200, `I8 ${answer.body.id} answers ${at.status} right after its 202`)
            break
          }
          assert.ok(!answer || [409, 429, 503].includes(answer.status), `upload: ${answer?.status} ${JSON.stringify(answer?.body)}`)
          await sleep(20)
        }
        for (const job of open.slice(-6)) {
          const now = await client.call('GET', `/jobs/${job}`).catch(() => null)
          if (now?.status !== 200) continue
          const result = now.body.status === 'done' ? await client.call('GET', `/results/${job}`).catch(() => null) : null
          ledger.write({ type: 'poll', job, status: now.body.status, finished_at: now.body.finished_at, result: result?.status === 200 ? sha256(JSON.stringify(result.body)) : null })
        }
        while (running && open.length > 20) {
          const now = await client.call('GET', `/jobs/${open[0]}?wait=1`).catch(() => null)
          if (!now) await sleep(20)
          else if (['done', 'failed'].includes(now.body.status)) open.shift()
        }
      }
    })
    const end = Date.now() + seconds * 1000
    while (Date.now() < end) {
      await sleep(r.below(2000))
      const pick = r.below(10)
      if (pick < 4) for (const { pid } of service.parsers()) kills.parser += killQuietly(pid)
      else if (pick < 6) for (const { pid } of service.inference()) kills.inference += killQuietly(pid)
      else { await service.kill(); kills.service++; await service.up() }
    }
    running = false
    await Promise.all(load)
    for (const client of people.values()) for (const job of await client.all('/jobs', 200)) await client.finished(job.id)
    const { broken, ...counts } = await check(ledger, people)
    t.diagnostic(JSON.stringify({ kills, ...counts, broken: broken.length }))
    assert.deepEqual(broken, [])
    const { code } = await service.stop()
    assert.equal(code, 0)
  } finally { running = false; ledger.close(); await service.end() }
})
