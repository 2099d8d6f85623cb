// The twin: job reads and uploads as most people would build them, with Fastify and better-sqlite3,
// as good as we know how: prepared statements, WAL, synchronous=FULL, fsynced files, no needless work.
//
// usage: node twin.mjs PORT FOLDER      prints {"token","job"} when it listens
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, openSync, fsync as fsyncCallback } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import Fastify from 'fastify'

const [port, folder] = process.argv.slice(2)
const fsync = promisify(fsyncCallback)
const blobs = join(folder, 'blobs')
mkdirSync(blobs, { recursive: true })
const blobsFd = openSync(blobs, 'r')

const db = new Database(join(folder, 'twin.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`
  CREATE TABLE session(token_hash BLOB PRIMARY KEY, user_id TEXT NOT NULL, expires_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE document(id TEXT PRIMARY KEY, user_id TEXT, name TEXT, type TEXT, blob TEXT, size INTEGER, sha256 BLOB, created_ms INTEGER);
  CREATE TABLE job(id TEXT PRIMARY KEY, user_id TEXT, document_id TEXT, status TEXT, stage TEXT, done INTEGER, total INTEGER,
    attempt INTEGER, created_ms INTEGER, version INTEGER);
  CREATE TABLE queue(job_id TEXT PRIMARY KEY, run_ms INTEGER);
  CREATE TABLE audit(id INTEGER PRIMARY KEY, user_id TEXT, action TEXT, object TEXT, at_ms INTEGER);`)
const sessionUser = db.prepare('SELECT user_id FROM session WHERE token_hash = ? AND expires_ms > ?')
const jobById = db.prepare(`SELECT j.*, d.name, d.type, d.size FROM job j JOIN document d ON d.id = j.document_id WHERE j.id = ? AND j.user_id = ?`)
const addDocument = db.prepare('INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
const addJob = db.prepare("INSERT INTO job VALUES (?, ?, ?, 'queued', 'queued', 0, 0, 0, ?, 1)")
const addQueue = db.prepare('INSERT INTO queue VALUES (?, ?)')
const addAudit = db.prepare("INSERT INTO audit(user_id, action, object, at_ms) VALUES (?, 'upload', ?, ?)")
const publish = db.transaction((user, id, document, name, type, blob, size, sha) => {
  const now = Date.now()
  addDocument.run(document, user, name, type, blob, size, sha, now)
  addJob.run(id, user, document, now)
  addQueue.run(id, now)
  addAudit.run(user, id, now)
})

const time = (ms) => new Date(ms).toISOString()
const body = (j) => ({
  id: j.id, status: j.status, stage: j.stage, progress: { done: j.done, total: j.total, unit: 'page' }, attempt: j.attempt, max_attempts: 3,
  created_at: time(j.created_ms), started_at: null, finished_at: null, next_retry_at: null, document_id: j.document_id, result_id: null,
  file: { name: j.name, media_type: j.type, size: j.size }, error: null, version: j.version,
  links: { self: `/jobs/${j.id}`, result: null, document: `/documents/${j.document_id}`, original: `/documents/${j.document_id}/original` },
})

const app = Fastify({ logger: false, bodyLimit: 50 << 20 })
app.addContentTypeParser(['image/png', 'image/jpeg', 'application/pdf'], { parseAs: 'buffer' }, (_, bytes, done) => done(null, bytes))
app.decorateRequest('user', null)
app.addHook('onRequest', async (request, reply) => {
  const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? []
  const row = token && sessionUser.get(createHash('sha256').update(token).digest(), Date.now())
  if (!row) return reply.code(401).send({ code: 'unauthenticated' })
  request.user = row.user_id
})
app.get('/jobs/:id', async (request, reply) => {
  const job = jobById.get(request.params.id, request.user)
  if (!job) return reply.code(404).send({ code: 'not_found' })
  reply.header('etag', `"${job.version}"`).header('retry-after', '1').header('cache-control', 'private, no-cache')
  return body(job)
})
app.post('/upload', async (request, reply) => {
  const id = randomUUID(), document = randomUUID(), blob = randomUUID()
  const sha = createHash('sha256').update(request.body).digest()
  const path = join(blobs, blob)
  const file = await open(`${path}.tmp`, 'wx')
  await file.write(request.body)
  await file.sync()
  await file.close()
  await rename(`${path}.tmp`, path)
  await fsync(blobsFd)
  publish(request.user, id, document, null, request.headers['content-type'], blob, request.body.length, sha)
  return reply.code(202).header('location', `/jobs/${id}`).header('retry-after', '1').send(body(jobById.get(id, request.user)))
})

const token = randomBytes(32).toString('base64url')
const user = randomUUID()
db.prepare('INSERT INTO session VALUES (?, ?, ?)').run(createHash('sha256').update(token).digest(), user, Date.now() + 86_400_000)
const job = randomUUID()
publish(user, job, randomUUID(), 'receipt.png', 'image/png', randomUUID(), 93_633, Buffer.alloc(32))
await app.listen({ port: Number(port), host: '127.0.0.1' })
console.log(JSON.stringify({ token, job }))
