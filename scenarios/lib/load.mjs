// People who upload papers that nobody else has, watch what becomes of them, and write into a ledger what
// they were told. They repeat an upload under its key until an answer comes: nobody knows what became of a
// request whose connection broke.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from './ledger.mjs'
import { paperSaying } from './papers.mjs'

export class Load {
  running = true
  acked = [] // when, in ms: the rate can be had from it

  // people: name -> Client. atOnce: papers of one person under way; everyMs: their next one comes so late.
  constructor(ledger, people, { atOnce = 20, everyMs = 0, watch = 6 } = {}) {
    Object.assign(this, { ledger, atOnce, everyMs, watch })
    this.ends = [...people].map(([person, client], p) => this.#person(person, client, p))
    for (const end of this.ends) end.catch(() => { this.running = false })
  }

  async stop() {
    this.running = false
    await Promise.all(this.ends)
  }

  // Acknowledged uploads a second between two moments.
  rate(from, to) { return this.acked.filter((t) => t >= from && t < to).length / ((to - from) / 1000) }

  async #surely(client, paper, name, key) {
    for (;;) {
      const answer = await client.send(paper, { name, key }).catch(() => null)
      if (answer?.status === 202) return answer.body.id
      assert.ok(!answer || [409, 429, 502, 503].includes(answer.status), `upload: ${answer?.status} ${JSON.stringify(answer?.body)}`)
      await sleep(20)
    }
  }

  async #person(person, client, p) {
    const open = []
    for (let i = 0; this.running; i++) {
      const begun = Date.now()
      const key = randomUUID(), nonce = `NONCE${p}X${i}Q`, paper = paperSaying(nonce)
      this.ledger.write({ type: 'sent', person, key, nonce, sha: sha256(paper) })
      const id = await this.#surely(client, paper, `${nonce}.pdf`, key)
      this.ledger.write({ type: 'acked', key, job: id })
      this.acked.push(Date.now())
      open.push(id)
      // I8: what was acknowledged can be read at once, whoever is asked (or that one is just being killed).
      const at = await client.call('GET', `/jobs/${id}`).catch(() => null)
      assert.ok(!at || at.status === 200 || at.status >= 500, `I8 ${id} answers ${at?.status} right after its 202`)
      for (const job of open.slice(-this.watch)) {
        const now = await client.call('GET', `/jobs/${job}`).catch(() => null)
        if (now?.status !== 200) continue
        const result = now.body.status === 'done' ? await client.call('GET', `/results/${job}`).catch(() => null) : null
        this.ledger.write({ type: 'poll', job, status: now.body.status, finished_at: now.body.finished_at, result: result?.status === 200 ? sha256(JSON.stringify(result.body)) : null })
      }
      while (this.running && open.length > this.atOnce) {
        const now = await client.call('GET', `/jobs/${open[0]}?wait=1`).catch(() => null)
        if (now?.status !== 200) await sleep(20)
        else if (['done', 'failed'].includes(now.body.status)) open.shift()
      }
      await sleep(Math.max(0, begun + this.everyMs - Date.now()))
    }
  }
}
