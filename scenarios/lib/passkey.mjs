// A passkey in software: what a phone or a stick does (W3C Web Authentication, level 3), and, on request, what
// none of them would.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const b64 = (bytes) => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes) => createHash('sha256').update(bytes).digest()

// CBOR (RFC 8949), as far as COSE keys need it: maps of integers to integers and bytes.
const head = (major, n) => (n < 24 ? Buffer.from([(major << 5) | n]) : n < 256 ? Buffer.from([(major << 5) | 24, n]) : Buffer.from([(major << 5) | 25, n >> 8, n & 255]))
const cborInt = (n) => (n >= 0 ? head(0, n) : head(1, -1 - n))
const cbor = (v) => (typeof v === 'number' ? cborInt(v) : Buffer.concat([head(2, v.length), v]))
const cborMap = (pairs) => Buffer.concat([head(5, pairs.length), ...pairs.flatMap(([k, v]) => [cborInt(k), cbor(v)])])

const kinds = {
  ES256: {
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    cose: (jwk) => [[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(jwk.x, 'base64url')], [-3, Buffer.from(jwk.y, 'base64url')]],
    sign: (data, key) => sign('sha256', data, key),
  },
  EdDSA: {
    make: () => generateKeyPairSync('ed25519'),
    cose: (jwk) => [[1, 1], [3, -8], [-1, 6], [-2, Buffer.from(jwk.x, 'base64url')]],
    sign: (data, key) => sign(null, data, key),
  },
  RS256: {
    make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    cose: (jwk) => [[1, 3], [3, -257], [-1, Buffer.from(jwk.n, 'base64url')], [-2, Buffer.from(jwk.e, 'base64url')]],
    sign: (data, key) => sign('sha256', data, key),
  },
}

export class Passkey {
  count = 0
  constructor(origin, kind = 'ES256') {
    this.origin = origin
    this.kind = kinds[kind]
    this.keys = this.kind.make()
    this.id = randomBytes(32)
  }
  // more: type, origin, crossOrigin, challenge of clientDataJSON; rpId, flags, count of authenticator data.
  #clientData(type, challenge, more) {
    return Buffer.from(JSON.stringify({ type: more.type ?? type, challenge: more.challenge ?? challenge, origin: more.origin ?? this.origin, crossOrigin: more.crossOrigin ?? false }))
  }
  #data(rpId, flags, more, rest = []) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(more.count ?? this.count)
    return Buffer.concat([sha256(more.rpId ?? rpId), Buffer.from([more.flags ?? flags]), count, ...rest])
  }
  // What navigator.credentials.create() gives for these options.
  create(options, more = {}) {
    this.user = options.user.id
    const clientData = this.#clientData('webauthn.create', options.challenge, more)
    const key = cborMap(this.kind.cose(this.keys.publicKey.export({ format: 'jwk' })))
    const data = this.#data(options.rp.id, 0x45, more, [Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, more.key ?? key])
    return { id: b64(this.id), rawId: b64(this.id), type: 'public-key', response: { clientDataJSON: b64(clientData), authenticatorData: b64(data) } }
  }
  // What navigator.credentials.get() gives.
  get(options, more = {}) {
    if (more.count === undefined) this.count++
    const clientData = this.#clientData('webauthn.get', options.challenge, more)
    const data = this.#data(options.rpId, 0x05, more)
    const signature = this.kind.sign(Buffer.concat([data, sha256(clientData)]), (more.by ?? this).keys.privateKey)
    return { id: more.id ?? b64(this.id), rawId: b64(this.id), type: 'public-key',
      response: { clientDataJSON: b64(clientData), authenticatorData: b64(data), signature: b64(signature), userHandle: more.user ?? this.user } }
  }
}
