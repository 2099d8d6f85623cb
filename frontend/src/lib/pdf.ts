// Several shots as one document: a PDF whose pages are the JPEG pictures as they are, nothing encoded
// anew. 150 pixels an inch: a page of a phone's photo then has about the size of paper.
export interface JpegPage { bytes: Uint8Array; width: number; height: number }

export const pdfOf = (pages: JpegPage[]): Uint8Array => {
  const text = new TextEncoder()
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  let length = 0
  const write = (part: string | Uint8Array) => {
    const bytes = typeof part === 'string' ? text.encode(part) : part
    parts.push(bytes)
    length += bytes.length
  }
  const object = (n: number, ...body: (string | Uint8Array)[]) => {
    offsets[n] = length
    write(`${n} 0 obj\n`)
    body.forEach(write)
    write('\nendobj\n')
  }
  write('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n')
  object(1, '<< /Type /Catalog /Pages 2 0 R >>')
  object(2, `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${3 + i * 3} 0 R`).join(' ')}] >>`)
  pages.forEach((page, i) => {
    const [own, content, image] = [3 + i * 3, 4 + i * 3, 5 + i * 3]
    const [w, h] = [page.width, page.height].map((px) => ((px * 72) / 150).toFixed(2))
    object(own, `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents ${content} 0 R /Resources << /XObject << /P ${image} 0 R >> >> >>`)
    const draw = `q ${w} 0 0 ${h} 0 0 cm /P Do Q`
    object(content, `<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`)
    object(
      image,
      `<< /Type /XObject /Subtype /Image /Width ${page.width} /Height ${page.height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${page.bytes.length} >>\nstream\n`,
      page.bytes,
      '\nendstream',
    )
  })
  const xref = length
  const count = offsets.length
  write(`xref\n0 ${count}\n0000000000 65535 f \n`)
  for (let n = 1; n < count; n++) write(`${String(offsets[n]).padStart(10, '0')} 00000 n \n`)
  write(`trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`)
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) { out.set(part, at); at += part.length }
  return out
}
