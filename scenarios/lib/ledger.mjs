// What a client was told, written down as it hears it, and the checker that holds the service to it.
// The checker reads nothing but this ledger and the public API.
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { FINAL } from './client.mjs'

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

export class Ledger {
  constructor(path) { this.path = path; this.fd = openSync(path, 'a') }
  write(entry) { writeSync(this.fd, JSON.stringify({ at: Date.now(), ...entry }) + '\n'); if (entry.type === 'acked') fsyncSync(this.fd) }
  close() { closeSync(this.fd) }
  entries() { return readFileSync(this.path, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l)) }
}

// Every broken promise as a sentence; an empty list is what we want. people: name -> Client.
export const check = async (ledger, people) => {
  const broken = []
  const entries = ledger.entries()
  const sent = new Map(), byKey = new Map(), polls = new Map()
  for (const e of entries) {
    if (e.type === 'sent') sent.set(e.key, e)
    if (e.type === 'acked') byKey.set(e.key, (byKey.get(e.key) ?? new Set()).add(e.job))
    if (e.type === 'poll') polls.set(e.job, [...(polls.get(e.job) ?? []), e])
  }
  // I4: a key has one job at most.
  for (const [key, jobs] of byKey) if (jobs.size > 1) broken.push(`I4 key ${key} has ${jobs.size} jobs`)
  for (const [key, [job]] of [...byKey].map(([k, jobs]) => [k, [...jobs]])) {
    const { person, sha, nonce } = sent.get(key)
    const client = people.get(person)
    const answer = await client.call('GET', `/jobs/${job}`)
    if (answer.status !== 200) { broken.push(`I1 acknowledged job ${job} answers ${answer.status}`); continue }
    const now = answer.body
    // I1: what was acknowledged is there, byte for byte.
    const original = await client.call('GET', `/documents/${now.document_id}/original`)
    if (original.status !== 200 || sha256(original.body) !== sha) broken.push(`I1 the original of ${job} is not what was sent (${original.status})`)
    // I2: it has come to an end.
    if (!FINAL.includes(now.status)) { broken.push(`I2 ${job} is ${now.status} (${now.stage}), not final`); continue }
    if (now.status !== 'done') { broken.push(`I2 ${job} is ${now.status}: ${JSON.stringify(now.error)}`); continue }
    const result = await client.call('GET', `/results/${job}`)
    if (result.status !== 200) { broken.push(`I1 done, but the result of ${job} answers ${result.status}`); continue }
    // I5: the result is this paper's, and nothing of another's.
    const words = [...new Set([...result.body.text.matchAll(/NONCE\w+/g)].map((m) => m[0]))]
    if (words.length !== 1 || words[0] !== nonce) broken.push(`I5 ${job} was sent ${nonce} and says ${words.join(', ') || 'nothing'}`)
    // I3: final stays final, and the result with it.
    let final = null
    for (const poll of [...(polls.get(job) ?? []), { status: now.status, finished_at: now.finished_at, result: sha256(JSON.stringify(result.body)) }]) {
      if (final && (poll.status !== final.status || poll.finished_at !== final.finished_at)) broken.push(`I3 ${job} was ${final.status} at ${final.finished_at}, then ${poll.status} at ${poll.finished_at}`)
      if (final?.result && poll.result && poll.result !== final.result) broken.push(`I3 the result of ${job} changed`)
      if (FINAL.includes(poll.status)) final = { ...final, ...poll }
    }
  }
  // I4 again, from the other side: nothing is there that nobody sent.
  for (const [name, client] of people) {
    const mine = [...sent.values()].filter((s) => s.person === name)
    const acked = new Set(mine.flatMap((s) => [...(byKey.get(s.key) ?? [])]))
    const listed = await client.all('/jobs', 200)
    const unknown = listed.filter((j) => !acked.has(j.id)).length
    const unanswered = mine.filter((s) => !byKey.has(s.key)).length
    if (unknown > unanswered) broken.push(`I4 ${name} has ${unknown} jobs that were never acknowledged, but only ${unanswered} uploads without an answer`)
    for (const id of acked) if (!listed.some((j) => j.id === id)) broken.push(`I1 acknowledged job ${id} is not in the list of ${name}`)
  }
  return { broken, uploads: sent.size, acknowledged: byKey.size, polls: [...polls.values()].flat().length }
}
