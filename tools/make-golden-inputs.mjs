// Makes parsers/golden/in, a small document of every format and of every variant that matters, and from the
// same hands parsers/seeds, smaller ones for the fuzzers. What the parser says of the first lies in
// parsers/golden/out and is rewritten by tools/rewrite-golden.
// usage: node tools/make-golden-inputs.mjs        (after ./run --build-only)
import './help.mjs'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { docx, mail, odt } from '../scenarios/lib/office.mjs'
import * as pdfs from '../scenarios/lib/pdf.mjs'

const root = new URL('..', import.meta.url).pathname
const golden = join(root, 'parsers/golden/in'), seeds = join(root, 'parsers/seeds')
mkdirSync(golden, { recursive: true })
const draw = (folder, scale) => execFileSync(join(root, 'build/release/bin/golden-pictures'), [folder, String(scale)], { stdio: 'inherit' })
draw(golden, 1)
const small = mkdtempSync(join(tmpdir(), 'docket-seeds-'))
draw(small, 0.15)

const cp1251 = (s) => Buffer.from([...s].map((c) => { const n = c.codePointAt(0); return n >= 0x410 && n <= 0x44f ? n - 0x410 + 0xc0 : n }))
const html = '<!doctype html><html><head><meta charset="utf-8"><title>x</title><style>p{}</style></head><body><h1>Счёт 4471</h1><p>Dear <b>reader</b>,<br>please pay.</p><table><tr><th>Item<th>Sum</tr><tr><td>Tea<td>9.00<tr><td>Cake<td>8.17<tr><td><b>Total</b><td>EUR 17.17</table><ul><li>one<li><p>two</ul><div style="display:none">no</div></body></html>'
const rows = ['Invoice 4471', 'Please pay by 2026-12-01.', ['Tea', '9.00'], ['Cake', '8.17'], ['Total', 'EUR 17.17']]
const jpeg = readFileSync(join(golden, 'plain.jpg')), tiny = readFileSync(join(small, 'plain.jpg'))
const files = {
  'letter.docx': docx(rows, { header: ['Tea House Ltd', '14 Harbour Street'] }), 'letter.odt': odt(rows),
  'pictures.docx': docx(['Receipts of November', 'One is below.'], { pictures: { 'logo.jpg': tiny, 'receipt.jpg': jpeg } }),
  'scan.odt': odt([], '', { 'scan.png': readFileSync(join(golden, 'plain.png')) }),
  'note.txt': 'RECEIPT 4471\n\nTea            9.00\nCake           8.17\nTOTAL         17.17\n',
  'note-windows-1251.txt': cp1251('Уважаемый жилец!\nПросим оплатить воду: 1 234,50 руб.\n'),
  'note-utf-16.txt': Buffer.from('\ufeffЧек 4471\nИтого 17.17\n', 'utf16le'), 'page.html': html,
  'mail.eml': mail({ subject: 'Ваш чек', text: 'See the files.\n', attachments: [{ name: 'чек.jpg', type: 'image/jpeg', bytes: tiny }, { name: 'x.bin', type: 'x/y', bytes: Buffer.from([0, 1]) }] }),
  'mail-html.eml': mail({ html }),
  'plain.pdf': pdfs.plain(), 'table.pdf': pdfs.table(), 'rotated.pdf': pdfs.rotated(), 'mixed.pdf': pdfs.mixed(jpeg, 560, 300), 'garbage-layer.pdf': pdfs.garbage(),
  'undrawn-layer.pdf': pdfs.undrawn(), 'form.pdf': pdfs.form(), 'encrypted-empty.pdf': pdfs.encrypted(''), 'encrypted-secret.pdf': pdfs.encrypted('secret'),
}
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(golden, name), bytes)

// By ending, the fuzzer whose seed it is.
const targets = { jpg: 'jpeg', png: 'png', webp: 'webp', tiff: 'tiff', gif: 'gif', bmp: 'bmp', heic: 'heif', pdf: 'pdf', docx: 'docx', odt: 'odt', txt: 'text', html: 'html', eml: 'eml' }
const seed = (name, path) => {
  const folder = join(seeds, targets[name.split('.').pop()])
  mkdirSync(folder, { recursive: true })
  copyFileSync(path, join(folder, name))
}
for (const name of readdirSync(small)) seed(name, join(small, name))
for (const name of Object.keys(files)) if (name !== 'mixed.pdf') seed(name, join(golden, name))
writeFileSync(join(seeds, 'pdf/mixed.pdf'), pdfs.mixed(tiny, 84, 45))
rmSync(small, { recursive: true })
