// Writes parsers/flow/charset_tables.h: what bytes 0x80 to 0xFF mean in the eight-bit character sets that
// mails and old text files still come in. Run it again when one is added.
// usage: node tools/make-charset-tables.mjs
import { writeFileSync } from 'node:fs'

const sets = {
  windows_1250: 'windows-1250', windows_1251: 'windows-1251', windows_1252: 'windows-1252', windows_1253: 'windows-1253',
  windows_1254: 'windows-1254', windows_1257: 'windows-1257', iso_8859_2: 'iso-8859-2', iso_8859_5: 'iso-8859-5',
  iso_8859_7: 'iso-8859-7', iso_8859_15: 'iso-8859-15', koi8_r: 'koi8-r', koi8_u: 'koi8-u', ibm866: 'ibm866',
  mac_cyrillic: 'x-mac-cyrillic',
}
let out = '/* Made by tools/make-charset-tables.mjs; 0xFFFD: no such character. */\n/* clang-format off */\n'
for (const [name, label] of Object.entries(sets)) {
  const decoder = new TextDecoder(label)
  const codes = Array.from({ length: 128 }, (_, i) => decoder.decode(Uint8Array.of(0x80 + i)).codePointAt(0))
  out += `static const uint16_t ${name}[128] = {\n`
  for (let i = 0; i < 128; i += 16) out += `\t${codes.slice(i, i + 16).map((c) => `0x${c.toString(16).padStart(4, '0')}`).join(', ')},\n`
  out += '};\n'
}
out += '/* clang-format on */\n'
writeFileSync(new URL('../parsers/flow/charset_tables.h', import.meta.url), out)
