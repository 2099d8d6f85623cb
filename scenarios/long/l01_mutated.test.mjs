// Twenty thousand spoilt files of every kind through the running service: each ends done or failed with a code
// of the list, nothing of it stays behind (process, descriptor, memory), and the service that has met them all
// still reads a decent paper.
// What the processes that live on hold is written down as the files go by, and printed: when a quarter of them is
// through it may grow by what the page cache of the database still takes, and by little else.
// MUTATED_FILES and MUTATED_SEED choose other numbers; the seed is printed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { paperSaying, random } from '../lib/papers.mjs'
import { Service, residentKbOf, root, sample } from '../lib/service.mjs'

const files = Number(process.env.MUTATED_FILES ?? 20_000)
const seed = Number(process.env.MUTATED_SEED ?? Date.now() % 1e9)

const readings = 20 // of memory, evenly spread over the files
const growthKb = 4 << 10 // that a process may hold more at the end than after a quarter of them
const cacheKb = 16 << 10 // of the connection that writes (storage/sqlite_store.c): it holds what was written last

// Bytes flipped, numbers made extreme, pieces cut, doubled, swapped.
const mutate = (seedBytes, r) => {
  let b = Buffer.from(seedBytes)
  for (let n = 1 + r.below(6); n > 0; n--) {
    const at = r.below(b.length || 1)
    switch (r.below(7)) {
      case 0: b[at] ^= 1 << r.below(8); break
      case 1: b[at] = [0, 0xff, 0x7f, 0x80][r.below(4)]; break
      case 2: if (at + 4 <= b.length) b.writeUInt32BE([0, 0xffffffff, 0x7fffffff, 0x80000000, 0x10000][r.below(5)], at); break
      case 3: if (r.below(4) === 0) b = b.subarray(0, at); break
      case 4: { const from = r.below(b.length || 1), piece = b.subarray(from, from + r.below(400)); b = Buffer.concat([b.subarray(0, at), piece, b.subarray(at)]); break }
      case 5: b = Buffer.concat([b.subarray(0, at), b.subarray(at + r.below(64))]); break
      case 6: { const digits = [...b.toString('latin1').matchAll(/\d+/g)]; const d = digits[r.below(digits.length || 1)]
        if (d) b = Buffer.concat([b.subarray(0, d.index), Buffer.from(['-1', '0', '99999999999', '65536'][r.below(4)]), b.subarray(d.index + d[0].length)]); break }
    }
  }
  return b
}

test(`${files} mutated files (seed ${seed})`, async (t) => {
  const tiny = join(root, 'samples/tiny'), kinds = join(root, 'parsers/seeds')
  const seeds = [paperSaying('SEED'), ...readdirSync(tiny).map((f) => sample(`tiny/${f}`)),
    ...readdirSync(kinds).flatMap((kind) => readdirSync(join(kinds, kind)).map((f) => readFileSync(join(kinds, kind, f))))]
  const known = new Set([...execFileSync(join(root, 'tools/errors-doc'), ['--print'], { encoding: 'utf8' }).matchAll(/^\| `(\w+)`/gm)].map((m) => m[1]))
  const service = await Service.start({ DOCKET_API_MAX_QUEUED_PER_USER: '100000', DOCKET_PARSER_WARM: '3', DOCKET_PARSER_PAGE_TIME: '10s', DOCKET_WORKER_BACKOFF: '10ms' })
  const r = random(seed)
  const outcomes = new Map()
  try {
    const person = await service.person('mutant')
    await person.read(sample('receipt-en.png'), { name: 'before.png' })
    const held = () => ({ processes: service.children().length, descriptors: readdirSync(`/proc/${service.pid}/fd`).length })
    // Parsers live for one file each, their nursery for 64: what they hold goes with them.
    const lasting = () => [{ pid: service.pid, command: 'docket up' }, ...service.children().filter((c) => !c.command.includes('docket-parse'))]
    const resident = () => Object.fromEntries(lasting().map(({ pid, command }) => [`${/\b(up|inference)\b/.exec(command)?.[0] ?? command} ${pid}`, residentKbOf(pid)]))
    const before = held()
    const databaseKb = () => statSync(join(service.data, 'docket.db')).size >> 10
    const memory = [{ read: 0, databaseKb: databaseKb(), ...resident() }]
    const started = Date.now()
    let left = files
    let done = 0
    await Promise.all(Array.from({ length: 6 }, async () => {
      while (left-- > 0) {
        const bytes = mutate(seeds[r.below(seeds.length)], r)
        const answer = await person.send(bytes, { name: 'spoilt.bin', type: 'application/octet-stream' })
        const job = answer.status === 202 ? await person.finished(answer.body.id, 600) : null
        const code = job ? (job.status === 'failed' ? job.error.code : null) : answer.body.code
        assert.ok(code === null || known.has(code), `unknown code ${code}`)
        assert.ok(!['internal', 'invalid_parsed_document', 'job_deadline'].includes(code), `${code} (${job?.error?.detail}) for ${bytes.length} bytes: ${bytes.subarray(0, 2000).toString('base64')}`)
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1)
        if (++done % Math.ceil(files / readings) === 0) {
          memory.push({ read: done, databaseKb: databaseKb(), ...resident() })
          console.log(JSON.stringify({ seconds: Math.round((Date.now() - started) / 1000), kb: memory.at(-1) }))
        }
      }
    }))
    const { result } = await person.read(sample('receipt-en.png'), { name: 'after.png' })
    assert.equal(result.doc_type.value, 'receipt')
    // Attachments of spoilt mails have jobs of their own that nobody waited for.
    await service.until('done with all of them', async () => {
      const depths = [...(await service.metrics()).matchAll(/^docket_queue_depth\S* (\d+)/gm)].map((m) => Number(m[1]))
      return depths.length > 0 && depths.every((n) => n === 0)
    }, 600)
    await service.until('back at as many processes and descriptors', async () => {
      const now = held()
      return now.processes <= before.processes + 3 && now.descriptors <= before.descriptors + 20
    }, 60)
    memory.push({ read: done, databaseKb: databaseKb(), ...resident() })
    t.diagnostic(JSON.stringify({ before, after: held(), ...Object.fromEntries(outcomes) }))
    t.diagnostic(`resident kB: ${JSON.stringify(memory)}`)
    const quarter = memory.find((m) => m.read >= files / 4)
    const toFillKb = Math.max(0, cacheKb - quarter.databaseKb)
    for (const [name, kb] of Object.entries(memory.at(-1))) {
      if (name === 'read' || name === 'databaseKb') continue
      assert.ok(quarter[name] !== undefined, `${name} did not live through it: ${JSON.stringify(memory)}`)
      assert.ok(kb < quarter[name] + growthKb + (name.startsWith('up ') ? toFillKb : 0), `${name} grows with the files: ${JSON.stringify(memory)}`)
    }
  } finally { await service.end() }
})
