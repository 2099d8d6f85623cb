// Papers made on the fly whose content the test chooses.
import { pdf } from './bad-files.mjs'

// A page with a word that no other paper has: crossed wires would show.
export const paperSaying = (word, ...lines) => {
  const text = `BT /F 18 Tf 40 150 Td (RECEIPT ${word}) Tj ${['TOTAL 12.34', ...lines].map((l) => `0 -30 Td (${l}) Tj`).join(' ')} ET`
  return pdf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Count 1/Kids[3 0 R]>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources<</Font<</F 4 0 R>>>>/Contents 5 0 R>>',
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>', `<</Length ${text.length}>>\nstream\n${text}\nendstream`])
}

// Random numbers that a printed seed brings back.
export const random = (seed) => {
  let s = seed >>> 0
  const next = () => { s = (s + 0x6d2b79f5) >>> 0; let t = s; t = Math.imul(t ^ (t >>> 15), t | 1); t ^= t + Math.imul(t ^ (t >>> 7), t | 61); return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 }
  return { below: (n) => Math.floor(next() * n), next }
}
