// Makes the papers of samples/: drawn as web pages in Chromium, spoilt a little as a camera and a
// scanner would, and written in the formats that people upload. Every name and number is invented.
// Each paper has its ground truth beside it, <name>.key.json, which the scenarios hold results to.
//
// usage: node tools/make-samples.mjs        (after tools/bootstrap --test)
import './help.mjs'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { deflateSync } from 'node:zlib'

const require = createRequire(new URL('../scenarios/package.json', import.meta.url))
const { chromium } = require('playwright-core')
const qrcode = require('qrcode-generator')

const out = new URL('../samples/', import.meta.url)
mkdirSync(out, { recursive: true })
const save = (name, bytes) => {
  writeFileSync(new URL(name, out), bytes)
  console.log(`${String(bytes.length).padStart(8)}  samples/${name}`)
}
const key = (name, facts) => save(`${name}.key.json`, JSON.stringify(facts, null, 2) + '\n')

// ---- papers ----

const row = (left, right, cls = '') => `<div class="row ${cls}"><span>${left}</span><span>${right}</span></div>`
const paperCss = `
  * { box-sizing: border-box } body { margin: 0; background: #fff; color: #111 }
  .receipt { width: 430px; padding: 26px 24px 30px; font: 17px/1.38 'DejaVu Sans Mono', monospace; background: #fdfdfb }
  .receipt h1 { font-size: 23px; margin: 0 0 4px; text-align: center; letter-spacing: 1px } .c { text-align: center }
  .row { display: flex; justify-content: space-between; gap: 14px } .row span:last-child { white-space: nowrap }
  hr { border: 0; border-top: 2px dashed #444; margin: 9px 0 } .big { font-size: 22px; font-weight: bold }
  .sheet { width: 794px; min-height: 1123px; padding: 64px 60px; font: 15px/1.5 'DejaVu Sans', sans-serif; background: #fff }
  .sheet h1 { font-size: 28px; margin: 0 0 18px } table { width: 100%; border-collapse: collapse; margin: 22px 0 }
  td, th { padding: 7px 6px; border-bottom: 1px solid #bbb; text-align: left } .n { text-align: right }
  .two { display: flex; justify-content: space-between }`

const englishReceipt = `<div class="receipt">
  <h1>HARBOUR STREET GROCERS</h1>
  <div class="c">14 Harbour Street, Whitby YO21 3PU</div>
  <div class="c">Tel 01632 960 417</div><hr>
  ${row('Date: 14/03/2026', 'Time: 17:42')}${row('Receipt no. 004512', 'Till 2')}<hr>
  ${row('Wholemeal bread 800g', '1.85')}${row('Semi-skimmed milk 2L', '1.65')}${row('Free range eggs x12', '3.40')}
  ${row('Bananas 0.84 kg', '0.92')}${row('Cheddar mature 350g', '4.25')}${row('Ground coffee 227g', '5.10')}<hr>
  ${row('SUBTOTAL', '£17.17')}${row('VAT 0%', '£0.00')}${row('TOTAL', '£17.17', 'big')}<hr>
  ${row('CARD **** 4417', '£17.17')}<div class="c" style="margin-top:10px">Thank you, see you again</div></div>`

// t, s, fn, i, fp, n: what the fiscal QR code of a Russian receipt says.
const fiscal = 't=20260217T1905&s=1284.50&fn=9960440300112233&i=48213&fp=2904417721&n=1'
const qr = (text) => {
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  return code.createSvgTag({ cellSize: 4, margin: 8 })
}
const russianReceipt = `<div class="receipt">
  <h1>КАССОВЫЙ ЧЕК</h1><div class="c">ПРИХОД</div>
  <div class="c">ООО «Ромашка»</div><div class="c">Магазин «Продукты у дома»</div>
  <div class="c">101000, г. Москва, ул. Мясницкая, д. 24</div><hr>
  ${row('ИНН 7701234567', 'СНО: ОСН')}${row('17.02.2026 19:05', 'Чек № 0213')}${row('Кассир', 'Иванова А. П.')}<hr>
  ${row('Хлеб ржаной 700 г', '64.90')}${row('Молоко 3,2% 1 л × 2', '189.80')}${row('Сыр Российский 0,412 кг', '329.60')}
  ${row('Масло сливочное 180 г', '215.20')}${row('Кофе молотый 250 г', '485.00')}<hr>
  ${row('ИТОГ', '=1284.50', 'big')}${row('БЕЗНАЛИЧНЫМИ', '=1284.50')}${row('в т. ч. НДС 10%', '=116.77')}<hr>
  <div>ФН № 9960440300112233</div><div>ФД № 48213</div><div>ФП 2904417721</div>
  <div class="c" style="margin-top:8px">${qr(fiscal)}</div><div class="c">СПАСИБО ЗА ПОКУПКУ!</div></div>`

const invoice = `<div class="sheet">
  <div class="two"><div><b>Northwind Bindery Ltd</b><br>7 Foundry Lane, Leeds LS10 1JX<br>VAT no. GB 000 4417 21</div>
  <div><h1>INVOICE</h1>Invoice number: NB-2026-0187<br>Invoice date: 2026-04-09<br>Due date: 2026-05-09</div></div>
  <p>Bill to:<br><b>Mrs Ada Example</b><br>3 Mill Row, York YO1 7AB</p>
  <table><tr><th>Description<th class=n>Qty<th class=n>Unit price<th class=n>Amount</tr>
  <tr><td>Rebinding of a cookery book, half cloth<td class=n>1<td class=n>64.00<td class=n>64.00</tr>
  <tr><td>Slip case, grey board<td class=n>2<td class=n>18.50<td class=n>37.00</tr>
  <tr><td>Carriage<td class=n>1<td class=n>6.50<td class=n>6.50</tr></table>
  <table style="width:46%;margin-left:54%"><tr><td>Net<td class=n>GBP 107.50</tr><tr><td>VAT 20%<td class=n>GBP 21.50</tr>
  <tr><th>Total due<th class=n>GBP 129.00</tr></table><p>Please pay within 30 days, quoting the invoice number.</p></div>`

const letterPage = (n, title, text) => `<div class="sheet"><div class="two"><b>Meadow Gate Residents' Association</b><span>page ${n} of 3</span></div>
  <h1 style="margin-top:40px">${title}</h1><p>${text}</p></div>`
const letter = [
  letterPage(1, 'Notice of the annual meeting', 'Dear neighbours, the annual meeting will be held on 12 May 2026 at seven in the evening in the reading room of the old school. All residents are welcome.'),
  letterPage(2, 'Accounts of the year', 'The association received 2,410.00 in fees and spent 1,985.40 on the upkeep of the common garden. The balance was carried forward.'),
  letterPage(3, 'Matters to be decided', 'The members will vote on new lamps along the canal path and on the colour of the gate. Proposals reach the secretary by the end of April.'),
]

// ---- how a camera and a scanner see them ----

const onTable = (paper) => `<style>${paperCss}
  body { width: 640px; padding: 54px 0 60px; perspective: 1500px;
         background: radial-gradient(circle at 35% 25%, #a58b6d, #7c6349 70%, #5e4935) }
  .receipt { margin: 0 auto; transform: rotateX(3deg) rotateY(-3deg) rotateZ(1.6deg); box-shadow: 6px 10px 22px #0008;
         background: linear-gradient(115deg, #fffef9, #f0ece0 60%, #dcd6c6) }
  body { filter: blur(.35px) contrast(.95) }</style>${paper}`
const flat = (paper) => `<style>${paperCss}</style>${paper}`

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] })
const draw = async (html, scale, fn) => {
  const page = await browser.newPage({ viewport: { width: 640, height: 400 }, deviceScaleFactor: scale })
  await page.setContent(`<!doctype html><meta charset=utf-8>${html}`)
  const result = await fn(page)
  await page.close()
  return result
}
const shoot = (html, scale, selector, options) =>
  draw(html, scale, (page) => page.locator(selector).screenshot({ animations: 'disabled', ...options }))

// A scanner's pixels: grey, a little grain from a generator with a fixed seed, slightly askew.
const scanned = (html) =>
  draw(flat(html), 1, async (page) => {
    await page.setViewportSize({ width: 794, height: 1123 })
    const png = await page.locator('.sheet').screenshot()
    return page.evaluate(async (url) => {
      const image = new Image()
      image.src = url
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = 1240
      canvas.height = 1754
      const c = canvas.getContext('2d')
      c.fillStyle = '#f7f7f5'
      c.fillRect(0, 0, 1240, 1754)
      c.imageSmoothingQuality = 'high'
      c.rotate(-0.006)
      c.drawImage(image, 0, 8, 1240, 1754)
      const data = c.getImageData(0, 0, 1240, 1754)
      let seed = 20261124
      for (let i = 0; i < data.data.length; i += 4) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        const grey = 0.3 * data.data[i] + 0.59 * data.data[i + 1] + 0.11 * data.data[i + 2] + ((seed >> 16) % 9) - 4
        data.data[i] = data.data[i + 1] = data.data[i + 2] = grey
      }
      c.putImageData(data, 0, 0)
      const bits = []
      for (let i = 0; i < data.data.length; i += 4) bits.push(data.data[i] < 150 ? 1 : 0)
      return { width: 1240, height: 1754, bits, jpeg: canvas.toDataURL('image/jpeg', 0.5) }
    }, `data:image/png;base64,${png.toString('base64')}`)
  })
const dataUrlBytes = (url) => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')

const toWebp = (html, scale, selector) =>
  draw(html, scale, async (page) => {
    const png = await page.locator(selector).screenshot()
    return dataUrlBytes(
      await page.evaluate(async (url) => {
        const image = new Image()
        image.src = url
        await image.decode()
        const canvas = document.createElement('canvas')
        canvas.width = image.width
        canvas.height = image.height
        canvas.getContext('2d').drawImage(image, 0, 0)
        return canvas.toDataURL('image/webp', 0.6)
      }, `data:image/png;base64,${png.toString('base64')}`),
    )
  })

// A fax-like TIFF of several pages: one bit a pixel, deflated strips, 150 dots an inch.
const tiff = (pages) => {
  const parts = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])]
  let at = 8
  let patch = { buffer: parts[0], offset: 4 }
  for (const { width, height, bits } of pages) {
    const rowBytes = (width + 7) >> 3
    const raw = Buffer.alloc(rowBytes * height)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) if (bits[y * width + x]) raw[y * rowBytes + (x >> 3)] |= 0x80 >> (x & 7)
    const strip = deflateSync(raw, { level: 9 })
    const pad = strip.length & 1
    const dpiAt = at + strip.length + pad
    const ifdAt = dpiAt + 8
    const tags = [
      [256, 4, width], [257, 4, height], [258, 3, 1], [259, 3, 8], [262, 3, 0], [273, 4, at], [277, 3, 1],
      [278, 4, height], [279, 4, strip.length], [282, 5, dpiAt], [283, 5, dpiAt], [296, 3, 2],
    ]
    const tail = Buffer.alloc(8 + 2 + tags.length * 12 + 4)
    tail.writeUInt32LE(150, 0)
    tail.writeUInt32LE(1, 4)
    tail.writeUInt16LE(tags.length, 8)
    tags.forEach(([tag, type, value], i) => {
      const o = 10 + i * 12
      tail.writeUInt16LE(tag, o)
      tail.writeUInt16LE(type, o + 2)
      tail.writeUInt32LE(1, o + 4)
      type === 3 ? tail.writeUInt16LE(value, o + 8) : tail.writeUInt32LE(value, o + 8)
    })
    patch.buffer.writeUInt32LE(ifdAt, patch.offset)
    patch = { buffer: tail, offset: tail.length - 4 }
    parts.push(strip, Buffer.alloc(pad), tail)
    at = ifdAt + tail.length - 8
  }
  return Buffer.concat(parts)
}

// A PDF that is nothing but pictures of pages, as scanners make them: no text layer.
const picturePdf = (pages) => {
  const objects = [null, '<</Type/Catalog/Pages 2 0 R>>', null]
  const kids = []
  for (const { width, height, jpeg } of pages) {
    const n = objects.length
    const content = 'q 595 0 0 842 0 0 cm /I Do Q'
    kids.push(`${n} 0 R`)
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I ${n + 1} 0 R>>>>/Contents ${n + 2} 0 R>>`,
      [`<</Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length ${jpeg.length}>>\nstream\n`, jpeg, '\nendstream'],
      `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
    )
  }
  objects[2] = `<</Type/Pages/Kids[${kids.join(' ')}]/Count ${kids.length}>>`
  const parts = [Buffer.from('%PDF-1.5\n')]
  const offsets = []
  let at = parts[0].length
  const put = (b) => { const bytes = Buffer.from(b); parts.push(bytes); at += bytes.length }
  objects.forEach((object, i) => {
    if (!object) return
    offsets[i] = at
    put(`${i} 0 obj\n`)
    for (const part of [object].flat()) put(part)
    put('\nendobj\n')
  })
  const xref = at
  put(`xref\n0 ${objects.length}\n0000000000 65535 f \n`)
  for (let i = 1; i < objects.length; i++) put(`${String(offsets[i]).padStart(10, '0')} 00000 n \n`)
  put(`trailer\n<</Size ${objects.length}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF\n`)
  return Buffer.concat(parts)
}

// ---- the samples ----

const englishFacts = {
  doc_type: 'receipt', merchant_name: 'HARBOUR STREET GROCERS', merchant_address: '14 Harbour Street, Whitby YO21 3PU',
  date: '2026-03-14', total: { amount: '17.17', currency: 'GBP' }, pages: 1, text: ['HARBOUR STREET', 'Cheddar mature', '17.17'],
}
save('receipt-en.jpg', await shoot(onTable(englishReceipt), 1.9, 'body', { type: 'jpeg', quality: 62 }))
key('receipt-en', englishFacts)
save('receipt-en.png', await shoot(flat(englishReceipt), 1.6, '.receipt', {}))
save('receipt-en.webp', await toWebp(flat(englishReceipt), 1.8, '.receipt'))

save('receipt-ru.jpg', await shoot(onTable(russianReceipt), 1.9, 'body', { type: 'jpeg', quality: 62 }))
key('receipt-ru', {
  doc_type: 'receipt', merchant_name: 'ООО «Ромашка»', merchant_address: '101000, г. Москва, ул. Мясницкая, д. 24',
  date: '2026-02-17', total: { amount: '1284.50', currency: 'RUB' }, tax_id: '7701234567', qr: fiscal, pages: 1,
  text: ['Ромашка', 'ИТОГ', '1284.50'],
})

save('invoice.pdf', await draw(flat(invoice), 1, (page) => page.pdf({ format: 'A4', printBackground: false, margin: {} })))
key('invoice', {
  doc_type: 'invoice', merchant_name: 'Northwind Bindery Ltd', merchant_address: '7 Foundry Lane, Leeds LS10 1JX',
  date: '2026-04-09', total: { amount: '129.00', currency: 'GBP' }, invoice_number: 'NB-2026-0187', pages: 1, source: 'text_layer',
  text: ['Northwind Bindery', 'NB-2026-0187', '129.00'],
})

const pages = []
for (const page of letter) pages.push(await scanned(page))
const letterFacts = { doc_type: 'letter', date: '2026-05-12', source: 'ocr', text: ['annual meeting', 'common garden', 'canal path'] }
save('letter-fax.tiff', tiff(pages))
key('letter-fax', { ...letterFacts, pages: 3 })
const scan = await scanned(invoice)
save('invoice-scan.pdf', picturePdf([{ ...scan, jpeg: dataUrlBytes(scan.jpeg) }]))
key('invoice-scan', {
  doc_type: 'invoice', merchant_name: 'Northwind Bindery Ltd', date: '2026-04-09', total: { amount: '129.00', currency: 'GBP' },
  pages: 1, source: 'ocr', text: ['Northwind', '129.00'],
})

// Seeds for mutation: as small as a picture with print can be.
mkdirSync(new URL('tiny/', out), { recursive: true })
const tiny = `<style>${paperCss} .tiny { width: 150px; padding: 8px; font: bold 15px 'DejaVu Sans'; background: #fff }</style><div class="tiny">TOTAL 4.20</div>`
save('tiny/tiny.jpg', await shoot(tiny, 1.5, '.tiny', { type: 'jpeg', quality: 50 }))
save('tiny/tiny.png', await shoot(tiny, 1.5, '.tiny', {}))
save('tiny/tiny.webp', await toWebp(tiny, 1.5, '.tiny'))
const dots = Array.from({ length: 64 * 32 }, (_, i) => (i % 64 >> 3) & ((i >> 6) >> 3) & 1)
save('tiny/tiny.tiff', tiff([{ width: 64, height: 32, bits: dots }, { width: 64, height: 32, bits: dots }]))

await browser.close()
