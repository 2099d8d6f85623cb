// @vitest-environment node
// Every sentence is said somewhere, and every sentence that is asked for by name is there (that both languages have
// the same ones is a type). What is looked up by a word of the service's is held to the service's lists elsewhere.
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bills } from '../src/i18n/bills'
import { connections } from '../src/i18n/connections'
import { en } from '../src/i18n/en'
import { operator } from '../src/i18n/operator'
import { people } from '../src/i18n/people'
import { spending } from '../src/i18n/spending'
import { status } from '../src/i18n/status'

const roots: Record<string, unknown> = { 'i18n.m': en, 'connections[i18n.locale]': connections.en, 'people[i18n.locale]': people.en, 'operator[i18n.locale]': operator.en, 'status[i18n.locale]': status.en, 'spending[i18n.locale]': spending.en, 'words[i18n.locale]': bills.en }
const leaves = (o: unknown, path: string): string[] => (typeof o === 'object' && o !== null && !Array.isArray(o) ? Object.entries(o).flatMap(([k, v]) => leaves(v, `${path}.${k}`)) : [path])
const at = (path: string): unknown => {
  const root = Object.keys(roots).find((r) => path === r || path.startsWith(`${r}.`))
  if (!root) return undefined
  return path.slice(root.length).split('.').filter(Boolean).reduce<unknown>((o, k) => (typeof o === 'object' && o !== null ? (o as Record<string, unknown>)[k] : undefined), roots[root])
}

// The paths that a file speaks of. One that ends in a group uses all of it, by a word that is known only then.
const spoken = (source: string): string[] => {
  const names = new Map(Object.keys(roots).map((r) => [r, r]))
  const text = source.replace(/const (\w+) = (?:\$derived\()?((?:i18n\.m|\w+\[i18n\.locale\])(?:\.\w+)*)\)?$/gm, (line, name: string, path: string) => {
    if (typeof at(path) !== 'object') return line
    names.set(name, path)
    return ''
  })
  const paths: string[] = []
  for (const [name, path] of names) for (const m of text.matchAll(new RegExp(`(?<![\\w.'])${name.replace(/[[\]]/g, '\\$&')}((?:\\??\\.\\w+)+)`, 'g'))) {
    let full = path
    for (const step of m[1]!.replaceAll('?', '').split('.').filter(Boolean)) {
      full += `.${step}`
      if (typeof at(full) !== 'object' || Array.isArray(at(full))) break // what follows is asked of the sentence, not of the words
    }
    paths.push(full)
  }
  return paths
}
const files = ['src', 'src/lib', 'src/parts', 'src/screens'].flatMap((d) => readdirSync(d).filter((f) => /\.(ts|svelte)$/.test(f)).map((f) => `${d}/${f}`))
const said = new Map(files.map((f) => [f, spoken(readFileSync(f, 'utf8'))]))
// Given away as a whole, or asked for by a name made up of others.
const GIVEN = ['i18n.m.library.today', 'i18n.m.library.yesterday', 'i18n.m.library.from', 'i18n.m.library.to', 'i18n.m.library.min', 'i18n.m.library.max']

test('every sentence that is asked for is there', () => {
  const missing = [...said].flatMap(([file, paths]) => paths.filter((p) => at(p) === undefined).map((p) => `${file}: ${p}`))
  expect(missing).toEqual([])
})
test('every sentence is said somewhere', () => {
  const used = new Set([...said.values()].flat().concat(GIVEN))
  expect(used.size).toBeGreaterThan(300)
  const heard = (path: string) => { for (let p = path; p.includes('.'); p = p.slice(0, p.lastIndexOf('.'))) if (used.has(p)) return true; return false }
  expect(Object.entries(roots).flatMap(([root, o]) => leaves(o, root)).filter((p) => !heard(p))).toEqual([])
})
