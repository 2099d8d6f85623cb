// Docket beside its twin, on this machine, now: each figure is a ratio, because machines differ.
//
// usage: node bench/run.mjs [reads|uploads|overload|receipts|pages|parsers|overhead] [--rounds 3] [--seconds 8]
//
// Needs build/release, wrk, and `npm ci` in bench/. Server and client are kept on a core of their own
// where there are two. Rounds alternate between the two servers, so that a busy neighbour meets both.
import '../tools/help.mjs'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pdf } from '../scenarios/lib/bad-files.mjs'
import { Collector } from '../scenarios/lib/collector.mjs'
import { Service, freePort, killQuietly, realReceipts, root, sample } from '../scenarios/lib/service.mjs'

const args = process.argv.slice(2)
const option = (name, fallback) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback)
const rounds = option('--rounds', 3)
const seconds = option('--seconds', 8)
const wanted = args.filter((a, i) => !a.startsWith('--') && !args[i - 1]?.startsWith('--'))
const all = wanted.length === 0
const median = (list) => [...list].sort((a, b) => a - b)[(list.length - 1) >> 1]
const two = cpus().length >= 2
const pin = (pid, core) => two && spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)])

// `refusals`: answers that say "later" (429, 503, with Retry-After) are no error; `rate` is of the others alone.
const wrk = async (url, { connections, token, method = 'GET', body, refusals = false }) => {
  const dir = mkdtempSync(join(tmpdir(), 'docket-wrk-'))
  const script = join(dir, 'wrk.lua')
  let lua = `wrk.method = "${method}"\nwrk.headers["Authorization"] = "Bearer ${token}"\n`
  if (body) {
    writeFileSync(join(dir, 'body'), body)
    // Every body another one: four bytes of its middle count up.
    lua += `wrk.headers["Content-Type"] = "image/png"\nlocal f = io.open("${join(dir, 'body')}", "rb")\nlocal b = f:read("*a")\nf:close()\nlocal n = 0
request = function()\n  n = n + 1\n  return wrk.format(nil, nil, nil, b:sub(1, 2000) .. string.format("%08d", n) .. b:sub(2009))\nend\n`
  }
  lua += `local threads = {}\nsetup = function(t) table.insert(threads, t) end\nbad, later = 0, 0
response = function(status, headers)
  if (status == 429 or status == 503) and headers["Retry-After"] then later = later + 1
  elseif status ~= 200 and status ~= 202 then bad = bad + 1 end
end
done = function(s, l)\n  local bad, later = 0, 0\n  for _, t in ipairs(threads) do bad, later = bad + t:get("bad"), later + t:get("later") end
  print(string.format("RESULT %f %f %f %d %d %d", (s.requests - later) / s.duration * 1e6, l:percentile(50) / 1000, l:percentile(99) / 1000, bad, later, s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout))\nend\n`
  writeFileSync(script, lua)
  const command = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url]
  const child = spawn(two ? 'taskset' : command[0], two ? ['-c', '1', ...command] : command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (d) => { said += d })
  await once(child, 'close')
  rmSync(dir, { recursive: true })
  const [, rate, p50, p99, bad, later, broken] = (/RESULT (\S+) (\S+) (\S+) (\S+) (\S+) (\S+)/.exec(said) ?? []).map(Number)
  if (rate === undefined || bad || broken || (later && !refusals)) throw new Error(`${url}: ${bad} bad answers, ${later} refusals, ${broken} broken connections\n${said}`)
  return { rate, p50, p99, later: later / seconds }
}

const startTwin = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-twin-'))
  const port = await freePort()
  const child = spawn(process.execPath, [join(root, 'bench/twin.mjs'), String(port), folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(() => { throw new Error('the twin does not start: (cd bench && npm ci)') })
  const [line] = await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => {})
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, ...JSON.parse(line), end: async () => { child.kill(); await once(child, 'exit'); rmSync(folder, { recursive: true }) } }
}

// Docket with its only reading slot held: a parser that is stopped reads nothing and costs nothing, so
// that what is measured is the way in and not the reading, which the twin does not do.
const startDocket = async (settings = {}) => {
  const service = await Service.start({ DOCKET_LOG_LEVEL: 'warn', ...settings, DOCKET_WORKER_SLOTS: '1', DOCKET_API_MAX_QUEUED_PER_USER: '1000000', DOCKET_PARSER_PAGE_TIME: '1h', DOCKET_WORKER_JOB_DEADLINE: '24h' })
  const person = await service.person('bench')
  const { job } = await person.read(sample('receipt-en.png'), { name: 'receipt.png' })
  await service.until('a warm parser', () => service.parsers().length > 0)
  for (const { pid } of service.parsers()) killQuietly(pid, 'SIGSTOP')
  await person.upload(sample('receipt-en.png'), { name: 'held.png' })
  await service.until('held', async () => /docket_queue_depth{state="processing"} 1/.test(await service.metrics()))
  return { url: service.url, pid: service.pid, token: person.token, job: job.id, service,
    end: async () => { for (const { pid } of service.parsers()) killQuietly(pid); await service.kill(); await service.end() } }
}

const beside = async (title, connections, request) => {
  const docket = await startDocket()
  const twin = await startTwin()
  pin(docket.pid, 0)
  pin(twin.pid, 0)
  const runs = { docket: [], twin: [] }
  try {
    for (let i = 0; i < rounds; i++) {
      for (const [name, server] of [['twin', twin], ['docket', docket]]) runs[name].push(await wrk(...request(server, connections)))
    }
  } finally { await twin.end(); await docket.end() }
  const line = (name) => {
    const of = (what) => median(runs[name].map((r) => r[what]))
    return { rate: of('rate'), p50: of('p50'), p99: of('p99') }
  }
  const d = line('docket'), t = line('twin')
  console.log(`${title}, ${connections} connections, ${two ? 'one core' : 'this core'}, median of ${rounds} rounds of ${seconds} s`)
  for (const [name, r] of [['docket', d], ['twin', t]]) console.log(`  ${name.padEnd(7)} ${r.rate.toFixed(0).padStart(8)}/s   p50 ${r.p50.toFixed(2)} ms   p99 ${r.p99.toFixed(2)} ms`)
  console.log(`  ratio   ${(d.rate / t.rate).toFixed(2)}x`)
}

if (all || wanted.includes('reads'))
  await beside('GET /jobs/{id} with a session', 64, (s, connections) => [`${s.url}/jobs/${s.job}`, { connections, token: s.token }])

if (all || wanted.includes('uploads')) {
  // A picture's beginning and then filler: 4 KiB.
  const body = Buffer.concat([sample('receipt-en.png').subarray(0, 4096)])
  await beside('acknowledged uploads of 4 KiB, fsynced', 64, (s, connections) => [`${s.url}/upload`, { connections, token: s.token, method: 'POST', body }])
}

// Ten times the connections that saturate it; forty times, of which most wait in the kernel; and as many that are all
// let in, more than the queue takes: what is still acknowledged, what is refused and how, the memory of all processes.
if (all || wanted.includes('overload')) {
  const body = Buffer.concat([sample('receipt-en.png').subarray(0, 4096)])
  const dockets = [await startDocket(), await startDocket({ DOCKET_API_MAX_CONNECTIONS: '4096' })]
  const loads = [[64, 0], [640, 0], [2560, 0], [2560, 1]].map(([connections, at]) => ({ connections, docket: dockets[at], runs: [] }))
  for (const { pid } of dockets) pin(pid, 0)
  try {
    for (let i = 0; i < rounds; i++) for (const { connections, docket, runs } of loads) {
      let kb = 0
      const watch = setInterval(() => { kb = Math.max(kb, docket.service.residentKb()) }, 250)
      try { runs.push({ ...await wrk(`${docket.url}/upload`, { connections, token: docket.token, method: 'POST', body, refusals: true }), mb: kb / 1024 }) }
      finally { clearInterval(watch) }
    }
    console.log(`acknowledged uploads of 4 KiB under overload, ${two ? 'one core' : 'this core'}, median of ${rounds} rounds of ${seconds} s`)
    const peak = median(loads[0].runs.map((r) => r.rate))
    for (const { connections, docket, runs } of loads) {
      const of = (what) => median(runs.map((r) => r[what]))
      console.log(`  ${String(connections).padStart(5)} connections${docket === dockets[1] ? ', all let in' : ''}: ${of('rate').toFixed(0)}/s acknowledged, ${((of('rate') / peak) * 100).toFixed(0)} %; ${of('later').toFixed(0)}/s told to come later; p50 ${of('p50').toFixed(0)} ms, p99 ${of('p99').toFixed(0)} ms; memory ${Math.max(...runs.map((r) => r.mb)).toFixed(0)} MB at most`)
    }
  } finally { for (const docket of dockets) await docket.end() }
}

if (all || wanted.includes('parsers')) {
  console.log('parsers: what the sandbox costs, how soon a warm one starts, the memory of a 12 megapixel photo')
  spawnSync(join(root, 'build/release/bin/parser_bench'), [join(root, 'build/release/bin/docket-parse'), join(root, 'samples/receipt-en.jpg')], { stdio: 'inherit' })
}

if (all || wanted.includes('receipts')) {
  const service = await Service.start({ DOCKET_LOG_LEVEL: 'warn' })
  try {
    const idle = service.residentKb()
    const person = await service.person('bench')
    const real = realReceipts(10)
    const papers = real.length ? real : Array.from({ length: 10 }, (_, i) => ({ name: `receipt-en.jpg`, bytes: sample('receipt-en.jpg') }))
    const times = []
    let busy = 0
    for (const { name, bytes } of papers) {
      const t0 = performance.now()
      const { id } = await person.upload(bytes, { name })
      const watch = setInterval(() => { busy = Math.max(busy, service.residentKb()) }, 20)
      const job = await person.finished(id)
      await person.result(id)
      clearInterval(watch)
      times.push((performance.now() - t0) / 1000)
      if (job.status !== 'done') console.log(`  ${name}: ${job.status} ${job.error?.code}`)
    }
    console.log(`upload to result, ${papers.length} ${real.length ? 'real receipts' : 'samples'}, one after another: median ${median(times).toFixed(2)} s, worst ${Math.max(...times).toFixed(2)} s`)
    console.log(`resident memory, all processes: idle ${(idle / 1024).toFixed(0)} MB, at work ${(busy / 1024).toFixed(0)} MB`)
  } finally { await service.end() }
}

// A scan of many pages: one after another, and as many at once as there are cores.
const scan = (n) => {
  const [picture] = /<<\/Type\/XObject[\s\S]*?\nendstream/.exec(sample('invoice-scan.pdf').toString('latin1'))
  const kids = Array.from({ length: n }, (_, i) => `${i + 5} 0 R`)
  const drawn = 'q 595 0 0 842 0 0 cm /I Do Q'
  return pdf(['<</Type/Catalog/Pages 2 0 R>>', `<</Type/Pages/Count ${n}/MediaBox[0 0 595 842]/Kids[${kids.join(' ')}]>>`, picture,
    `<</Length ${drawn.length}>>\nstream\n${drawn}\nendstream`,
    ...kids.map(() => '<</Type/Page/Parent 2 0 R/Resources<</XObject<</I 3 0 R>>>>/Contents 4 0 R>>')])
}
if (all || wanted.includes('pages')) {
  for (const threads of ['1', '0']) {
    const service = await Service.start({ DOCKET_LOG_LEVEL: 'warn', DOCKET_PARSER_THREADS: threads })
    try {
      const person = await service.person('bench')
      for (const n of [1, 4, 40]) {
        const times = []
        for (let i = 0; i < (n > 4 ? 1 : rounds); i++) {
          await service.until('a warm parser', () => service.parsers().length > 0)
          const t0 = performance.now()
          const job = await person.finished((await person.upload(scan(n), { name: `scan-${n}-${i}.pdf` })).id, 600)
          times.push((performance.now() - t0) / 1000)
          if (job.status !== 'done') console.log(`  ${n} pages: ${job.status} ${job.error?.code}`)
        }
        console.log(`a scan of ${n} pages of A4, ${threads === '1' ? 'one page at a time' : 'a page for each core'}: upload to result ${median(times).toFixed(2)} s (median of ${times.length})`)
      }
    } finally { await service.end() }
  }
}

// What it costs to see it run: everything on (every line, every request a span that a collector takes, metrics
// scraped each second) beside everything off, by turns. Processor time is what counts: throughput on a core of
// one's own is its inverse, and the clock of a busy machine is not.
if (all || wanted.includes('overhead')) {
  const collector = await Collector.start()
  const on = { DOCKET_TRACE_ENDPOINT: collector.endpoint, DOCKET_TRACE_SAMPLE: '100', DOCKET_LOG_LEVEL: 'info' }
  const off = { DOCKET_LOG_LEVEL: 'error' }
  const ticks = (pid) => { // user and system, its dead children's too, in hundredths of a second
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return fields.slice(11, 15).reduce((sum, n) => sum + Number(n), 0)
  }
  const tree = (service) => [service.pid, ...service.children().map((c) => c.pid)].reduce((sum, pid) => { try { return sum + ticks(pid) } catch { return sum } }, 0)
  const watched = async (service, work) => {
    const scraping = setInterval(() => void service.metrics().catch(() => {}), 1000)
    try { return await work() } finally { clearInterval(scraping) }
  }
  const share = (list) => `${((median(list) - 1) * 100).toFixed(1)} % (${list.map((r) => ((r - 1) * 100).toFixed(1)).join(', ')})`
  // Both serve a round each, and which goes first changes: the ratio of each pair of rounds.
  const pairs = async (n, first, second, cost) => {
    const ratios = []
    for (let i = 0; i < n; i++) {
      const costs = new Map()
      for (const side of i % 2 ? [second, first] : [first, second]) costs.set(side, await cost(side))
      ratios.push(costs.get(first) / costs.get(second))
    }
    return ratios
  }

  const body = Buffer.concat([sample('receipt-en.png').subarray(0, 4096)])
  const [seen, unseen] = [await startDocket(on), await startDocket(off)]
  for (const side of [seen, unseen]) pin(side.pid, 0)
  try {
    const uploads = await pairs(2 * rounds, seen, unseen, (side) => {
      const before = ticks(side.pid)
      const work = async () => { const { rate } = await wrk(`${side.url}/upload`, { connections: 64, token: side.token, method: 'POST', body }); return (ticks(side.pid) - before) / (rate * seconds) }
      return side === seen ? watched(side.service, work) : work()
    })
    console.log(`being observed, uploads: ${share(uploads)} more processor time each, ${2 * rounds} pairs of ${seconds} s`)
  } finally { await seen.end(); await unseen.end() }

  const readers = await Promise.all([Service.start({ ...on, DOCKET_WORKER_SLOTS: '1' }), Service.start({ ...off, DOCKET_WORKER_SLOTS: '1' })])
  try {
    const people = new Map()
    for (const service of readers) people.set(service, await service.person('bench'))
    const papers = realReceipts(8).map((r) => r.bytes)
    const read = async (service) => {
      const before = tree(service)
      for (const bytes of papers.length ? papers : [sample('receipt-en.jpg')]) await people.get(service).read(bytes)
      return tree(service) - before
    }
    for (const service of readers) await read(service) // warm
    const reading = await pairs(2 * rounds, readers[0], readers[1], (service) => (service === readers[0] ? watched(service, () => read(service)) : read(service)))
    console.log(`being observed, reading: ${share(reading)} more processor time, ${2 * rounds} pairs of ${papers.length || 1} papers`)
  } finally { for (const service of readers) await service.end(); await collector.end() }
}
