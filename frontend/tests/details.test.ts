// The figures that the service adds to a failure, in both languages.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { detailOf } from '../src/i18n/details'

// What only commands and the start of the program say, or parts of the service to each other.
const UNHEARD = ['backup.c', 'pg_moving.c', 'sqlite_moving.c', 'blob_moving.c', 'blob_s3.c', 'copy.c', 'pg_connect.c', 'secret_box.c', 'settings.c', 'price.c', 'ocr_tesseract.c', 'pg_queue.c', 'messages.c', 'account_export.c']
const UNHEARD_FORMATS = [/^the database is of version/, /is not file:DIR/, /^%s is no key: it wants/]
const table = readFileSync('../base/include/err.tbl.h', 'utf8')
const status = new Map([...table.matchAll(/^X\(([A-Z_]+), "[a-z_]+", (\d+)/gm)].map((m) => [m[1]!, Number(m[2])]))
const FIGURE = /%[-+0-9.*]*(?:ll|l|z|h)*[duixf]/g

// "name: at most %zu bytes", by every call of fail() that names a code which a person may be answered with.
const formats = ['api', 'storage', 'result', 'parsers', 'worker', 'wire', 'base'].flatMap((folder) =>
  readdirSync(`../${folder}`).filter((f) => f.endsWith('.c') && !/_(test|fuzz)\.c$/.test(f) && !UNHEARD.includes(f)).flatMap((f) => {
    const source = readFileSync(`../${folder}/${f}`, 'utf8')
    return [...source.matchAll(/\bfail(?:_errno)?\(\s*[^,"]*,\s*[^,"]*?ERR_([A-Z_]+)[^,"]*,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)/g)].flatMap(([, code, text]) => {
      const format = [...text!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1]).join('').replace(/\\"/g, '"')
      const known = status.get(code!)
      expect(known, `${f}: ERR_${code}`).toBeDefined()
      const says = known !== 500 && code !== 'SCHEMA' && (FIGURE.test(format) || /\d/.test(format.replace(/%[-.*0-9]+s/g, '')))
      FIGURE.lastIndex = 0
      return says && !UNHEARD_FORMATS.some((r) => r.test(format)) ? [{ where: `${f}: ${format}`, format }] : []
    })
  }))

test('the sources say such sentences', () => {
  expect(formats.length).toBeGreaterThan(60)
  for (const like of ['at most %lld documents', '%d pages, limit %d', '%s: at most %zu bytes']) expect(formats.map((f) => f.format)).toContain(like)
})
test('every figure that the service adds to a failure is said in both languages', () => {
  const missing: string[] = []
  for (const { where, format } of formats) {
    let n = 10
    const said = format.replace(FIGURE, () => String((n += 7))).replace(/%[-.*0-9]*s/g, 'name')
    const [en, ru] = [detailOf(said, 'en'), detailOf(said, 'ru')]
    if (en === null || ru === null) { missing.push(where); continue }
    // The same figures, and in Russian no word but a name of the request.
    const figures = (s: string) => s.match(/\d+/g)
    expect(figures(ru), where).toEqual(figures(en))
    expect(figures(ru), where).not.toBeNull()
    expect(ru, where).toMatch(/[а-яё]/)
    expect(ru.replace(/^[a-z_.]+:|name|Idempotency-Key|ASCII|UTF-8|EUR/g, ''), where).not.toMatch(/[a-z]{2}/i)
  }
  expect(missing).toEqual([])
})
test('sizes are said as people say them', () => {
  expect(detailOf('at most 20971520 bytes', 'ru')).toBe('Не больше 21 МБ.')
  expect(detailOf('at most 20971520 bytes', 'en')).toBe('At most 21 MB.')
  expect(detailOf('61 pages, limit 60', 'ru')).toBe('Страниц: 61, а прочитать можно 60.')
  expect(detailOf('at most 21 documents', 'ru')).toBe('Не больше 21 документа.')
  expect(detailOf('at most 500 documents', 'ru')).toBe('Не больше 500 документов.')
  expect(detailOf('the moon is full', 'ru')).toBeNull()
})
