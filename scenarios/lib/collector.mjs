// An OpenTelemetry collector that keeps what it is sent, read by the public schema of the protocol.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const schema = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root')
const Request = schema.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest

const hex = (bytes) => Buffer.from(bytes ?? []).toString('hex')
const value = (v) => v.stringValue ?? v.boolValue ?? (v.intValue != null ? Number(v.intValue) : v.doubleValue)
const attributes = (list) => Object.fromEntries((list ?? []).map(({ key, value: v }) => [key, value(v)]))

export class Collector {
  spans = []
  strangers = [] // what was no such request
  status = 200

  static async start() {
    const c = new Collector()
    c.server = createServer(async (request, response) => {
      const pieces = []
      for await (const piece of request) pieces.push(piece)
      if (c.status === 200) c.take(request, Buffer.concat(pieces))
      response.writeHead(c.status, { 'content-type': 'application/x-protobuf' }).end()
    })
    c.server.listen(0, '127.0.0.1')
    await once(c.server, 'listening')
    return c
  }
  get endpoint() { return `http://127.0.0.1:${this.server.address().port}/v1/traces` }

  take(request, bytes) {
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf') return this.strangers.push(request.url)
    for (const { resource, scopeSpans } of Request.decode(bytes).resourceSpans) {
      const from = attributes(resource.attributes)
      for (const span of scopeSpans.flatMap((s) => s.spans)) {
        this.spans.push({
          service: from['service.name'], name: span.name, kind: span.kind, trace: hex(span.traceId), id: hex(span.spanId),
          parent: hex(span.parentSpanId) || null, from: Number(span.startTimeUnixNano), to: Number(span.endTimeUnixNano),
          error: span.status?.code === 2 ? span.status.message : null, links: (span.links ?? []).map((l) => hex(l.traceId)),
          attributes: attributes(span.attributes),
        })
      }
    }
  }
  of(trace) { return this.spans.filter((s) => s.trace === trace) }
  async end() { this.server.closeAllConnections(); this.server.close(); await once(this.server, 'close') }
}
