// What workers and inference say to each other between machines: sealed with a key of theirs, seen by nobody on the way.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Cluster } from '../lib/cluster.mjs'
import { Servers } from '../lib/servers.mjs'
import { run, sample, temporaryFolder } from '../lib/service.mjs'

// Who stands between the two and listens.
const listener = async () => {
  const l = { to: 0, heard: [] }
  l.server = createServer((near) => {
    const far = connect(l.to, '127.0.0.1')
    for (const [from, onward] of [[near, far], [far, near]]) {
      from.on('data', (bytes) => { l.heard.push(bytes); onward.write(bytes) })
      from.on('error', () => {})
      from.on('close', () => onward.destroy())
    }
  })
  l.server.listen(0, '127.0.0.1')
  await once(l.server, 'listening')
  l.take = () => { const all = Buffer.concat(l.heard); l.heard = []; return all }
  return l
}

const folder = temporaryFolder('line')
const key = (name, digit) => { const file = join(folder, name); writeFileSync(file, `${digit.repeat(64)}\n`, { mode: 0o600 }); return file }
const ours = key('ours', 'a'), theirs = key('theirs', 'b')
let servers, cluster, between
before(async () => {
  servers = await Servers.start('pg')
  if (!servers) return
  between = await listener()
  cluster = await Cluster.start(servers, { api: 1, worker: 1, inference: 1 }, { DOCKET_GENERAL_BLOBS: `file:${temporaryFolder('papers')}`,
    DOCKET_INFERENCE_AT: `tcp:127.0.0.1:${between.server.address().port}`, DOCKET_INFERENCE_KEY_FILE: ours, DOCKET_WORKER_BACKOFF: '50ms', DOCKET_WORKER_MAX_ATTEMPTS: '20' })
  between.to = cluster.node('inference1').port
})
after(async () => { await cluster?.end(); between?.server.close(); await servers?.end() })

const again = async (name, keyFile) => {
  const node = cluster.node(name)
  assert.equal(await node.stop(), 0)
  node.settings = { DOCKET_INFERENCE_KEY_FILE: keyFile }
  await node.up()
}
const words = ['HARBOUR', '"schema"', 'merchant']

test('a paper is read, and who listens hears no word of it; with another key nothing is said at all', async (t) => {
  if (!cluster) return t.skip('the servers are not installed')
  const ann = await cluster.person('ann')
  const { result } = await ann.read(sample('receipt-en.png'), { name: 'a.png' })
  assert.equal(result.doc_type.value, 'receipt')
  const sealed = between.take()
  assert.ok(sealed.length > 1000 && sealed.includes('POST /v1/infer'), `${sealed.length} bytes`)
  for (const w of words) assert.ok(!sealed.includes(w), w)

  await again('inference1', theirs)
  const { id } = await ann.upload(sample('receipt-ru.jpg'), { name: 'b.jpg' })
  await cluster.node('worker1').until('told of the key', () => cluster.node('worker1').tail(200).includes('does not hold the key of inference.key_file'))
  await cluster.node('inference1').until('told of the key', () => cluster.node('inference1').tail(200).includes('does not hold the key of inference.key_file'))
  await again('inference1', ours)
  assert.equal((await ann.finished(id)).status, 'done')
  between.take()

  // On one machine it may be plain, and then it is all there to hear.
  await again('inference1', '')
  await again('worker1', '')
  await ann.read(sample('receipt-en.png'), { name: 'a.png' })
  const plain = between.take()
  for (const w of words) assert.ok(plain.includes(w), w)
})

test('without a key neither side speaks beyond its machine, and says what to do', () => {
  const at = ['--data', folder, '--admin', '127.0.0.1:0']
  const serving = run(['inference', '--inference-listen', 'tcp:0.0.0.0:0', ...at])
  assert.notEqual(serving.status, 0)
  assert.match(serving.stderr, /leaves this machine.*inference\.key_file.*openssl rand -hex 32/)
  const asking = run(['up', '--listen', '127.0.0.1:0', '--inference-listen', 'tcp:192.0.2.7:9100', ...at])
  assert.notEqual(asking.status, 0)
  assert.match(asking.stdout + asking.stderr, /inference\.key_file/)
  const doctor = (...args) => run(['doctor', ...args, ...at]).stdout
  assert.match(doctor('--inference-at', 'tcp:192.0.2.7:9100'), /^WRONG +inference .*inference\.key_file/m)
  assert.match(doctor('--inference-at', 'tcp:192.0.2.7:9100', '--inference-key-file', join(folder, 'nowhere')), /^WRONG +inference .*nowhere is not there/m)
  assert.match(doctor('--inference-at', 'tcp:192.0.2.7:9100', '--inference-key-file', ours), /^ok +inference .*sealed/m)
  assert.match(doctor(), /^ok +inference .*on this machine/m)
})
