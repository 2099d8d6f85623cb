// A person at the API: signs up, uploads, waits, reads. Every answer that passes through call() is
// held against api/openapi.yaml, so each scenario is also a test of the description.
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkAnswer } from './openapi.mjs'

export const PASSWORD = 'seven brown teapots 41'
export const FINAL = ['done', 'failed', 'cancelled']

export const mediaType = (name) => {
  const types = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp', tif: 'image/tiff', tiff: 'image/tiff', pdf: 'application/pdf', heic: 'image/heic', txt: 'text/plain', html: 'text/html', eml: 'message/rfc822',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', odt: 'application/vnd.oasis.opendocument.text' }
  return types[name.split('.').pop()] ?? 'application/octet-stream'
}

export class Client {
  token = null
  user = null
  constructor(url) { this.url = url }

  // { status, headers, body (parsed JSON or a Buffer) }. json: sent as JSON; auth: false sends no token.
  async call(method, path, { json, body, headers = {}, auth = true, check = true } = {}) {
    const sent = { ...headers }
    if (auth && this.token) sent.authorization ??= `Bearer ${this.token}`
    if (json !== undefined) {
      sent['content-type'] ??= 'application/json'
      body = JSON.stringify(json)
    }
    const response = await fetch(this.url + path, { method, headers: sent, body, redirect: 'manual' })
    const bytes = Buffer.from(await response.arrayBuffer())
    const type = response.headers.get('content-type') ?? ''
    const answer = {
      status: response.status, headers: response.headers,
      body: /[/+]json/.test(type) && bytes.length ? JSON.parse(bytes.toString('utf8')) : bytes,
    }
    if (check) checkAnswer(method, path, answer)
    return answer
  }

  // The same, insisting on a status.
  async must(status, method, path, options) {
    const answer = await this.call(method, path, options)
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.status}, not ${status}: ${JSON.stringify(answer.body).slice(0, 500)}`)
    return answer
  }

  async signup(name = 'person') {
    this.email = `${name}-${randomBytes(5).toString('hex')}@example.org`
    const { body } = await this.must(201, 'POST', '/signup', { json: { email: this.email, password: PASSWORD, locale: 'en' } })
    this.token = body.token
    this.user = body.user
    return body
  }

  // One upload, raw unless multipart. The whole answer.
  async send(bytes, { name = 'paper.jpg', type = mediaType(name), key, multipart = false, headers = {} } = {}) {
    const sent = { ...headers, ...(key ? { 'idempotency-key': key } : {}) }
    if (!multipart) {
      const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`
      return this.call('POST', '/upload', { body: bytes, headers: { 'content-type': type, 'content-disposition': disposition, ...sent } })
    }
    const form = new FormData()
    form.append('file', new Blob([bytes], { type }), name)
    return this.call('POST', '/upload', { body: form, headers: sent })
  }

  // The job of an acknowledged upload.
  async upload(bytes, options = {}) {
    const answer = await this.send(bytes, { key: randomUUID(), ...options })
    if (answer.status !== 202) throw new Error(`upload: ${answer.status} ${JSON.stringify(answer.body).slice(0, 500)}`)
    return answer.body
  }

  async job(id) { return (await this.must(200, 'GET', `/jobs/${id}`)).body }

  // Long-polls until the job is final.
  async finished(id, seconds = 120) {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const left = Math.ceil((end - Date.now()) / 1000)
      const { body } = await this.must(200, 'GET', `/jobs/${id}?wait=${Math.max(0, Math.min(20, left))}`)
      if (FINAL.includes(body.status)) return body
      if (Date.now() > end) throw new Error(`job ${id} is still ${body.status} (${body.stage}) after ${seconds} s`)
    }
  }

  async result(id) { return (await this.must(200, 'GET', `/results/${id}`)).body }

  // Upload, wait, read: what most scenarios want.
  async read(bytes, options) {
    const job = await this.finished((await this.upload(bytes, options)).id)
    if (job.status !== 'done') throw new Error(`not done but ${job.status}: ${JSON.stringify(job.error)}`)
    return { job, result: await this.result(job.id) }
  }

  // The code with which a file is refused, at the door or as a failed job; null when it is read.
  async refusal(bytes, options) {
    const answer = await this.send(bytes, { key: randomUUID(), ...options })
    if (answer.status !== 202) return answer.body.code
    const job = await this.finished(answer.body.id)
    return job.status === 'failed' ? job.error.code : null
  }

  // All items of a list, page by page.
  async all(path, limit = 50) {
    const items = []
    for (let cursor = null; ;) {
      const query = new URLSearchParams({ limit: String(limit), ...(cursor ? { cursor } : {}) })
      const { body } = await this.must(200, 'GET', `${path}?${query}`)
      items.push(...body.items)
      cursor = body.next_cursor
      if (!cursor) return items
    }
  }
}

export { randomUUID, sleep }
