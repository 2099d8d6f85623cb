// @vitest-environment node
import { expect, test } from 'vitest'
import { excerpt } from '../src/lib/excerpt'
import { inSight, layOut } from '../src/lib/rows'

const items = Array.from({ length: 1000 }, (_, i) => ({ id: String(i), day: i < 3 ? 'today' : 'earlier' }))
const layout = (columns: number) => layOut(items, columns, 100, 30, (i) => i.day)

test('a thousand lines stand one under the other, headings between', () => {
  const { lines, height } = layout(1)
  expect(height).toBe(1000 * 100 + 2 * 30)
  expect(lines.slice(0, 2).map((l) => [l.kind, l.top])).toEqual([['heading', 0], ['cells', 30]])
  lines.slice(1).forEach((l, i) => expect(l.top).toBe(lines[i]!.top + lines[i]!.height))
})
test('pictures stand in rows that end with their day', () => {
  const { lines } = layout(2)
  expect(lines.slice(0, 4).map((l) => (l.kind === 'heading' ? l.title : l.cells.map((c) => c.id).join()))).toEqual(['today', '0,1', '2', 'earlier'])
})
test('only what is in sight is drawn', () => {
  const seen = inSight(layout(1), 50_000, 50_800)
  expect(seen.length).toBeLessThan(12)
  expect(seen[0]!.top + seen[0]!.height).toBeGreaterThanOrEqual(50_000)
  expect(seen.at(-1)!.top).toBeLessThanOrEqual(50_800)
  expect(inSight(layOut([], 1, 1, 1, () => ''), 0, 100)).toEqual([])
})

const words = (text: string, hit = false) => ({ text, hit })
const found = (room: number) => excerpt([words('Fresh bread and other good things of the '), words('Harbour', true), words(' Bakery, open every day from seven')], room)
test('what was found is in sight, however little room there is', () => {
  for (const room of [18, 30, 60, 200]) {
    const line = found(room)
    expect(line.find((p) => p.hit)?.text).toBe('Harbour')
    expect(line.map((p) => p.text).join('').length).toBeLessThanOrEqual(room)
  }
  expect(found(30)[0]!.text).toBe('…of the ')
  expect(found(200).map((p) => p.text).join('')).toBe('Fresh bread and other good things of the Harbour Bakery, open every day from seven')
  expect(excerpt([words('nothing marked in this')], 10).map((p) => p.text)).toEqual(['nothing m…'])
})
