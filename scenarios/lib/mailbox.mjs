// A mail server of our own on a free port: what the service sends arrives here and is read like a person would.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { SMTPServer } = require('smtp-server')

// RFC 2047 words and a base64 body, as text.
const decodeWords = (s) => s.replaceAll(/\r?\n /g, ' ').replaceAll(/\?= =\?/g, '?==?')
  .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, b) => Buffer.from(b, 'base64').toString('latin1'))
export const readLetter = (raw) => {
  const [head, ...rest] = raw.split('\r\n\r\n')
  const headers = Object.fromEntries(head.replaceAll(/\r\n[ \t]/g, ' ').split('\r\n').map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]))
  return {
    headers,
    subject: Buffer.from(decodeWords(headers.subject), 'latin1').toString('utf8'),
    text: Buffer.from(rest.join('').replaceAll(/\s/g, ''), 'base64').toString('utf8'),
  }
}

export class Mailbox {
  letters = []
  refuse = 0 // so many letters are refused for now

  static async open({ user = null, password = null } = {}) {
    const box = new Mailbox()
    box.server = new SMTPServer({
      disabledCommands: ['STARTTLS', ...(user ? [] : ['AUTH'])], allowInsecureAuth: true, authOptional: !user, logger: false,
      onAuth: (auth, _, done) => (auth.username === user && auth.password === password ? done(null, { user }) : done(new Error('no'))),
      onData: (stream, session, done) => {
        let raw = ''
        stream.on('data', (d) => { raw += d.toString('latin1') })
        stream.on('end', () => {
          if (box.refuse > 0) { box.refuse--; return done(Object.assign(new Error('try later'), { responseCode: 451 })) }
          box.letters.push({ to: session.envelope.rcptTo.map((r) => r.address), from: session.envelope.mailFrom.address, raw, ...readLetter(raw) })
          done()
        })
      },
    })
    box.server.on('error', () => {})
    await new Promise((resolve) => box.server.listen(0, '127.0.0.1', resolve))
    box.server.server.unref() // what fails before it is closed ends all the same
    box.port = box.server.server.address().port
    return box
  }
  get url() { return `smtp://127.0.0.1:${this.port}` }
  close() { return new Promise((resolve) => this.server.close(resolve)) }

  // The newest letter to that address, when it has come; then it is taken out.
  async letterTo(service, address, subject = /./) {
    let found
    await service.until(`a letter to ${address}`, () => {
      found = this.letters.findLastIndex((l) => l.to.includes(address) && subject.test(l.subject))
      return found >= 0
    })
    return this.letters.splice(found, 1)[0]
  }
}
export const tokenIn = (letter) => /#(dkl_[A-Za-z0-9_-]{43})/.exec(letter.text)[1]
