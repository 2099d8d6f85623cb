// PDF made by hand, for what Cairo or a browser would not write.
import { createHash } from 'node:crypto'
import { pdf } from './bad-files.mjs'

const stream = (text, dict = '') => `<<${dict}/Length ${text.length}>>\nstream\n${text}\nendstream`
const shown = (lines, size = 18) => `BT /F ${size} Tf 40 150 Td ${lines.map((l) => `(${l}) Tj 0 -28 Td`).join(' ')} ET`
const helvetica = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>'
const LINES = ['RECEIPT 4471', 'Tea 9.00', 'Cake 8.17', 'TOTAL 17.17']

// pages: [{ contents, extra }], all with font F; more: objects that follow, from number 4 + 2 * pages.
export const pages = (list, { font = helvetica, more = [], catalog = '', trailer = '' } = {}) => {
  const objects = [`<</Type/Catalog/Pages 2 0 R${catalog}>>`, `<</Type/Pages/Count ${list.length}/Kids[${list.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')}]>>`, font]
  list.forEach(({ contents, extra = '', resources = '' }, i) => objects.push(
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources<</Font<</F 3 0 R>>${resources}>>/Contents ${5 + 2 * i} 0 R${extra}>>`, stream(contents)))
  return pdf([...objects, ...more], trailer)
}

export const plain = () => pages([{ contents: shown(LINES) }])
export const rotated = () => pages([0, 90, 180, 270].map((turn) => ({ contents: shown([`Turned ${turn}`, ...LINES]), extra: `/Rotate ${turn}` })))

// A bill whose dense table is written cell by cell, a long name in two lines beside the sums' one: what looks like columns.
const cells = [['Upkeep', 20, 165], ['Heating and', 20, 155], ['hot water', 20, 146], ['Lifts', 20, 136], ['Rubbish', 20, 126], ['Water', 20, 116], ['Drains', 20, 106],
  ...[['m2', '54.30', '1946.66'], ['m2', '54.30', '153.13'], ['m2', '54.30', '98.01'], ['pcs', '2', '60.00'], ['m3', '7', '12.50'], ['m3', '4', '13.50']]
    .flatMap((row, i) => row.map((t, k) => [t, [120, 190, 250][k], [165, 150.5, 136, 126, 116, 106][i]]))]
export const table = () => pages([{ contents: [['BILL 4471', 20, 185], ...cells, ['To pay 2283.80', 20, 80]].map(([t, x, y]) => `BT /F 8 Tf ${x} ${y} Td (${t}) Tj ET`).join(' ') }])

// A page of text and a page that is a picture.
export const mixed = (jpeg, width, height) => pages(
  [{ contents: shown(LINES) }, { contents: 'q 280 0 0 150 10 20 cm /I Do Q', resources: '/XObject<</I 8 0 R>>' }],
  { more: [`<</Type/XObject/Subtype/Image/Width ${width}/Height ${height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length ${jpeg.length}>>\nstream\n${jpeg.toString('latin1')}\nendstream`] })

// The letters drawn are right, what they are said to be is not.
export const garbage = () => {
  const cmap = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <20> <7E> <0021> endbfrange endcmap end end`
  const unsaid = '[' + Array.from({ length: 95 }, (_, i) => `<${(0x21 + (i * 37) % 90).toString(16).padStart(4, '0')}>`).join(' ') + ']'
  return pages([{ contents: shown(LINES) }], {
    font: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>',
    more: [stream(cmap.replace('<0021>', unsaid))] })
}
// A layer of words over an empty stretch of paper, invisible, beside what is drawn.
export const undrawn = () => pages([{ contents: `${shown(LINES)} BT 3 Tr /F 12 Tf 150 150 Td (Pay) Tj 30 0 Td (nine) Tj 30 0 Td (hundred) Tj 0 -60 Td (pounds) Tj -40 0 Td (sterling) Tj 20 -40 Td (today) Tj ET` }])

export const form = () => pages([{ contents: 'BT /F 18 Tf 40 150 Td (Name:) Tj ET', extra: '/Annots[6 0 R]' }], {
  catalog: '/AcroForm<</Fields[6 0 R]/NeedAppearances true/DR<</Font<</F 3 0 R>>>>/DA(/F 18 Tf 0 g)>>',
  more: ['<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Ann Teapot)/DA(/F 18 Tf 0 g)/Rect[110 140 280 170]/F 4>>'] })

// ---- RC4 with 40 bits, as PDF 1.1 ----

const rc4 = (key, data) => {
  const s = Uint8Array.from({ length: 256 }, (_, i) => i)
  for (let i = 0, j = 0; i < 256; i++) { j = (j + s[i] + key[i % key.length]) & 255; [s[i], s[j]] = [s[j], s[i]] }
  let i = 0, j = 0
  return Buffer.from(data).map((b) => { i = (i + 1) & 255; j = (j + s[i]) & 255; [s[i], s[j]] = [s[j], s[i]]; return b ^ s[(s[i] + s[j]) & 255] })
}
const md5 = (...parts) => createHash('md5').update(Buffer.concat(parts)).digest()
const PAD = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex')
const padded = (s) => Buffer.concat([Buffer.from(s, 'latin1'), PAD]).subarray(0, 32)

export const encrypted = (userPassword) => {
  const id = Buffer.alloc(16, 7), permissions = Buffer.from([0xc0, 0xff, 0xff, 0xff])
  const owner = rc4(md5(padded('owner')).subarray(0, 5), padded(userPassword))
  const key = md5(padded(userPassword), owner, permissions, id).subarray(0, 5)
  const user = rc4(key, PAD)
  const contents = rc4(md5(key, Buffer.from([5, 0, 0, 0, 0])).subarray(0, 10), Buffer.from(shown(LINES), 'latin1')).toString('latin1')
  return pages([{ contents }], {
    more: [`<</Filter/Standard/V 1/R 2/P -64/O<${owner.toString('hex')}>/U<${user.toString('hex')}>>>`],
    trailer: `/Encrypt 6 0 R/ID[<${id.toString('hex')}><${id.toString('hex')}>]` })
}
