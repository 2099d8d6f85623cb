// Turns the built app into a C table and an assembler file that takes in its bytes.
// usage: node tools/embed.mjs DIST OUT
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const [dist, out] = process.argv.slice(2)
const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
}

const walk = (folder) =>
  readdirSync(join(dist, folder))
    .sort()
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (statSync(join(dist, folder, name)).isDirectory() ? walk(`${folder}${name}/`) : [`${folder}${name}`]))

const codings = {
  gzip: (plain) => gzipSync(plain, { level: 9 }),
  brotli: (plain) => brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
}
// The page for whoever comes to the door, to the list or to one paper, in each language: it shows the largest words of
// the screen before there is a script, and the service names in its header what that script will ask for, so that the
// browser fetches it beside. What the page itself names is not repeated.
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
const page = readFileSync(join(dist, 'index.html'), 'utf8')
const filesOf = (name) => {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`${name}: no such part of the app, and tools/embed.mjs names it`)
  return [chunk.file, ...(chunk.imports ?? []).flatMap(filesOf)]
}
const sentence = (language, of, name) => {
  const words = readFileSync(new URL(`../src/i18n/${language}.ts`, import.meta.url), 'utf8')
  const said = new RegExp(`\\n  ${of}: \\{[^]*?\\b${name}: '([^']+)'`).exec(words)
  if (!said) throw new Error(`src/i18n/${language}.ts has no ${of}.${name}, and tools/embed.mjs wants it`)
  return JSON.parse(`"${said[1]}"`) // \\u00a0
}
const part = (text, from, to) => {
  const [at, end] = [text.indexOf(from), text.indexOf(to)]
  if (at < 0 || end < 0) throw new Error(`index.html has no ${from}`)
  return [text.slice(0, at), text.slice(at + from.length, end), text.slice(end + to.length)]
}
const [before, frame, after] = part(page, '<!-- frame -->', '<!-- end -->')
const brand = /<p class="brand">.*?<\/p>/.exec(frame)[0]
const shown = {
  door: (language) => `<div class="shell-door"><div>${brand}<p class="tagline">${sentence(language, 'auth', 'tagline')}</p></div><i class="bone" aria-hidden="true"></i></div>`,
  library: (language) => frame.replace('<!-- h1 -->', `<h1>${sentence(language, 'library', 'title')}</h1>`),
  document: () => frame,
}
const links = {}
for (const [what, screen] of [['door', 'Auth'], ['library', 'Library'], ['document', 'Document']])
  for (const language of ['en', 'ru']) {
    const file = `index.${what}.${language}.html`
    const files = [...new Set([`src/i18n/${language}.ts`, `src/screens/${screen}.svelte`].flatMap(filesOf))].filter((f) => !page.includes(f))
    links[file] = files.map((f) => `</${f}>; rel=modulepreload`).join(', ')
    writeFileSync(join(dist, file), (before + shown[what](language) + after).replace('<html lang="en">', `<html lang="${language}">`))
  }

mkdirSync(join(out, 'packed'), { recursive: true })
const bytes = ['/* Made by frontend/tools/embed.mjs. */', '.section .note.GNU-stack,"",%progbits', '.section .rodata']
const rows = []
const externs = []
walk('').forEach((file, i) => {
  const type = types[file.split('.').pop()]
  if (!type) throw new Error(`${file}: of what type? Add it to tools/embed.mjs`)
  const plain = readFileSync(join(dist, file))
  const etag = createHash('sha256').update(plain).digest('hex').slice(0, 20)
  const take = (coding, path, n) => {
    const symbol = `web_${i}_${coding}`
    bytes.push(`.balign 16`, `.global ${symbol}`, `.hidden ${symbol}`, `${symbol}:`, `.incbin ${JSON.stringify(path)}`, '.byte 0')
    externs.push(`extern const unsigned char ${symbol}[];`)
    return `\t  .${coding} = { ${symbol}, ${n}, "\\"${etag}${coding === 'plain' ? '' : `-${coding}`}\\"" },\n`
  }
  let kept = take('plain', join(dist, file), plain.length)
  for (const [coding, pack] of Object.entries(codings)) {
    const packed = pack(plain)
    if (packed.length > plain.length * 0.9) continue // not worth the unpacking
    const path = join(out, 'packed', `${i}.${coding}`)
    writeFileSync(path, packed)
    kept += take(coding, path, packed.length)
  }
  if (links[file]) kept += `\t  .link = "${links[file]}",\n`
  rows.push(`\t{ .path = "/${file}", .content_type = "${type}", .immutable = ${file.startsWith('assets/') ? 1 : 0},\n${kept}\t},`)
})
writeFileSync(join(out, 'web_assets_bytes.S'), bytes.join('\n') + '\n')
writeFileSync(
  join(out, 'web_assets.c'),
  `/* Made by frontend/tools/embed.mjs. */\n#include "web_assets.h"\n\n${externs.join('\n')}\n\n` +
    `const struct web_asset web_assets[] = {\n${rows.join('\n')}\n\t{ .path = NULL },\n};\n`,
)
