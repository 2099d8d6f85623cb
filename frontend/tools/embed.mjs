// Turns the built app into a C table and an assembler file that takes in its bytes.
// usage: node tools/embed.mjs DIST OUT
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

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

mkdirSync(join(out, 'gzip'), { recursive: true })
const bytes = ['/* Made by frontend/tools/embed.mjs. */', '.section .note.GNU-stack,"",%progbits', '.section .rodata']
const rows = []
const externs = []
walk('').forEach((file, i) => {
  const type = types[file.split('.').pop()]
  if (!type) throw new Error(`${file}: of what type? Add it to tools/embed.mjs`)
  const plain = readFileSync(join(dist, file))
  const packed = gzipSync(plain, { level: 9 })
  const take = (symbol, path) => {
    bytes.push(`.balign 16`, `.global ${symbol}`, `.hidden ${symbol}`, `${symbol}:`, `.incbin ${JSON.stringify(path)}`, '.byte 0')
    externs.push(`extern const unsigned char ${symbol}[];`)
  }
  take(`web_${i}`, join(dist, file))
  const worth = packed.length < plain.length * 0.9
  if (worth) {
    const path = join(out, 'gzip', `${i}.gz`)
    writeFileSync(path, packed)
    take(`web_${i}_gz`, path)
  }
  const etag = createHash('sha256').update(plain).digest('hex').slice(0, 20)
  rows.push(
    `\t{ .path = "/${file}", .content_type = "${type}", .bytes = web_${i}, .n_bytes = ${plain.length},\n` +
      (worth ? `\t  .gzip = web_${i}_gz, .n_gzip = ${packed.length}, ` : '\t  ') +
      `.etag = "\\"${etag}\\"", .immutable = ${file.startsWith('assets/') ? 1 : 0} },`,
  )
})
writeFileSync(join(out, 'web_assets_bytes.S'), bytes.join('\n') + '\n')
writeFileSync(
  join(out, 'web_assets.c'),
  `/* Made by frontend/tools/embed.mjs. */\n#include "web_assets.h"\n\n${externs.join('\n')}\n\n` +
    `const struct web_asset web_assets[] = {\n${rows.join('\n')}\n\t{ .path = NULL },\n};\n`,
)
