// Office documents and mails made on the fly.
import { deflateRawSync } from 'node:zlib'
import { crc32 } from './bad-files.mjs'

// { name: content } as an archive. Contents of the first are stored, as OpenDocument wants its first to be.
export const zip = (files, { stored = 1 } = {}) => {
  const local = [], central = []
  let at = 0
  Object.entries(files).forEach(([name, content], i) => {
    const plain = Buffer.from(content), packed = i < stored ? plain : deflateRawSync(plain, { level: 9 })
    const fields = Buffer.alloc(26) // from "version needed" to the length of extra fields
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(i < stored ? 0 : 8, 4)
    fields.writeUInt16LE(0x5a21, 8) // a date that is one
    fields.writeUInt32LE(crc32(plain), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(plain.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    local.push(Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed)
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, tail, Buffer.from(name))
    at += 30 + Buffer.byteLength(name) + packed.length
  })
  const directory = Buffer.concat(central), end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...local, directory, end])
}

const escape = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

// rows: a string is a paragraph, an array a row of a table. pictures: { name: bytes }, after them.
const w = (rows) => rows.map((row) => Array.isArray(row)
  ? `<w:tbl><w:tr>${row.map((cell) => `<w:tc><w:tcPr/>${w([cell])}</w:tc>`).join('')}</w:tr></w:tbl>`
  : `<w:p><w:r><w:t xml:space="preserve">${escape(row)}</w:t></w:r></w:p>`).join('')
const word = (body) => `<?xml version="1.0" encoding="UTF-8"?><w:${body[0]} xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">${body[1]}</w:${body[0]}>`

export const docx = (rows, { header = [], pictures = {} } = {}) => zip({
  '[Content_Types].xml': '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
  'word/document.xml': word(['document', `<w:body>${w(rows)}${Object.keys(pictures).map((_, i) => `<w:p><w:r><w:drawing><a:blip xmlns:a="urn:a" xmlns:r="urn:r" r:embed="rId${i + 1}"/></w:drawing></w:r></w:p>`).join('')}</w:body>`]),
  ...(Object.keys(pictures).length ? { 'word/_rels/document.xml.rels': `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${Object.keys(pictures).map((name, i) => `<Relationship Id="rId${i + 1}" Target="media/${name}"/>`).join('')}</Relationships>` } : {}),
  ...Object.fromEntries(Object.entries(pictures).map(([name, bytes]) => [`word/media/${name}`, bytes])),
  ...(header.length ? { 'word/header1.xml': word(['hdr', w(header)]) } : {}),
}, { stored: 0 })

const o = (rows) => rows.map((row) => Array.isArray(row)
  ? `<table:table><table:table-row>${row.map((cell) => `<table:table-cell>${o([cell])}</table:table-cell>`).join('')}</table:table-row></table:table>`
  : `<text:p>${escape(row)}</text:p>`).join('')

export const odt = (rows, manifest = '', pictures = {}) => zip({
  mimetype: 'application/vnd.oasis.opendocument.text',
  'META-INF/manifest.xml': `<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">${manifest}</manifest:manifest>`,
  'content.xml': `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:o" xmlns:text="urn:t" xmlns:table="urn:ta"><office:body><office:text>${o(rows)}${Object.keys(pictures).map((name) => `<text:p><draw:frame xmlns:draw="urn:d" xmlns:xlink="urn:x"><draw:image xlink:href="Pictures/${name}"/></draw:frame></text:p>`).join('')}</office:text></office:body></office:document-content>`,
  ...Object.fromEntries(Object.entries(pictures).map(([name, bytes]) => [`Pictures/${name}`, bytes])),
})

// attachments: [{ name, type, bytes }]
export const mail = ({ subject = 'Papers', text = '', html = '', attachments = [] }) => {
  const lines = ['From: "Shop" <shop@example.org>', 'To: ann@example.org', 'Date: Tue, 24 Nov 2026 10:00:00 +0100',
    `Subject: =?UTF-8?B?${Buffer.from(subject).toString('base64')}?=`, 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="m1"', '']
  const part = (headers, body) => lines.push('--m1', ...headers, '', body)
  if (text) part(['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'], text)
  if (html) part(['Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: base64'], Buffer.from(html).toString('base64'))
  for (const { name, type, bytes } of attachments)
    part([`Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(name)}`],
      Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n'))
  lines.push('--m1--', '')
  return Buffer.from(lines.join('\r\n'))
}
