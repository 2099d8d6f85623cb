// @vitest-environment node
// Both languages against the service's own list of failures, and Russian numbers.
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bills } from '../src/i18n/bills'
import { connections } from '../src/i18n/connections'
import { operator } from '../src/i18n/operator'
import { people } from '../src/i18n/people'
import { spending } from '../src/i18n/spending'
import { status } from '../src/i18n/status'
import { messages } from './messages'

const table = readFileSync('../base/include/err.tbl.h', 'utf8')
const codes = [...table.matchAll(/^X\(\w+,\s*"(\w+)"/gm)].map((m) => m[1]!).filter((c) => c !== 'none')
const leaves = (o: unknown, path = ''): string[] =>
  typeof o === 'object' && o !== null ? Object.entries(o).flatMap(([k, v]) => leaves(v, `${path}.${k}`)) : [`${path}:${typeof o}`]

describe.each(['en', 'ru'] as const)('%s', (locale) => {
  test('has a sentence for each code and for no other', () => {
    expect(codes.length).toBeGreaterThan(40)
    expect(Object.keys(messages[locale].errors).sort()).toEqual([...codes, 'offline'].sort())
    for (const [code, words] of Object.entries(messages[locale].errors)) expect(words.title, code).toMatch(/\S.*\.$/)
  })
  test('says the same things as the other language', () => {
    expect(leaves(messages[locale])).toEqual(expect.arrayContaining(leaves(messages.en)))
    expect(leaves(messages[locale]).length).toBe(leaves(messages.en).length)
  })
})
// The words by which the service says what is the matter with a picture: literals of statements about warnings.
const warningWords = () => {
  const said = new Set<string>()
  for (const folder of ['parsers', 'worker', 'ml-inference'])
    for (const file of readdirSync(`../${folder}`).filter((f) => f.endsWith('.c') && !f.endsWith('_test.c')))
      for (const m of readFileSync(`../${folder}/${file}`, 'utf8').matchAll(/warning[^;]*?;/g)) for (const w of m[0].matchAll(/(?<!F_\w+\()"([a-z]+(?:_[a-z]+)*)"/g)) if (w[1] !== 'warnings') said.add(w[1]!)
  // What is said of a page's quality stands in a file of its own, as nothing but such words.
  for (const m of readFileSync('../parsers/page_quality.c', 'utf8').matchAll(/"([a-z]+(?:_[a-z]+)*)"/g)) said.add(m[1]!)
  return [...said]
}
test('every warning has a sentence in both languages', () => {
  const said = warningWords()
  expect(said).toContain('low_contrast')
  for (const locale of ['en', 'ru'] as const) for (const word of said) expect(messages[locale].result.warning[word], `${locale} ${word}`).toMatch(/\S.*\.$/)
})
// As a book is set: quotes, dashes that stay with the word before them, one sign for three dots.
const sentences = (o: unknown): string[] => {
  if (typeof o === 'string') return [o]
  if (typeof o === 'function') return [1, 2, 5].map((n) => String((o as (...a: unknown[]) => string)(n, 9)))
  return typeof o === 'object' && o !== null ? Object.values(o).flatMap(sentences) : []
}
test('Russian is set as Russian is', () => {
  const all = [messages.ru, connections.ru, people.ru, operator.ru, spending.ru, status.ru, bills.ru].flatMap(sentences)
  expect(all.length).toBeGreaterThan(400)
  for (const s of all) {
    expect(s).not.toMatch(/["“”]|\.\.\.|\s-\s| [—–]|  |\s[.,!?:;]/)
    expect(s.trim()).toBe(s)
  }
})
test('the checks that are made have a sentence each, and no other has', () => {
  const made = [...readFileSync('../result/result_checks.c', 'utf8').matchAll(/add\(checks, "(\w+)"|"id", "(\w+)"/g)].map((m) => m[1] ?? m[2])
  for (const locale of ['en', 'ru'] as const) expect(Object.keys(messages[locale].result.check).sort()).toEqual([...new Set(made)].sort())
})
test('Russian is Russian', () => {
  for (const [code, words] of Object.entries(messages.ru.errors)) expect(words.title, code).toMatch(/[а-яё]/i)
})
test.each([[1, '1 значение'], [2, '2 значения'], [5, '5 значений'], [11, '11 значений'], [21, '21 значение'], [104, '104 значения']])('%i', (n, words) => {
  expect(messages.ru.result.toCheck(n)).toBe(`${words} на проверку`)
})
