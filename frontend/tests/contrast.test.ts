// Colour pairs that carry words, in both themes: 4.5 to 1 (WCAG AA); frames of controls: 3 to 1.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { wear } from '../src/lib/device'

const css = readFileSync('src/styles/tokens.css', 'utf8')
const token = (name: string) => {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(css)?.[1]
  if (!hex) throw new Error(`no colour --${name}`)
  return hex
}
const luminance = (hex: string) => {
  const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
const contrast = (a: string, b: string) => {
  const [x, y] = [luminance(token(a)), luminance(token(b))].sort((p, q) => q - p)
  return (x! + 0.05) / (y! + 0.05)
}
const words: [string, string][] = [
  ...['bg', 'card', 'sunk', 'tint', 'low-tint', 'medium-tint'].map((under): [string, string] => ['ink', under]),
  ...['bg', 'card', 'sunk', 'low-tint', 'tint'].map((under): [string, string] => ['soft', under]),
  ...['bg', 'card', 'tint'].map((under): [string, string] => ['accent', under]),
  ['on-accent', 'accent'], ['high', 'high-tint'], ['medium', 'medium-tint'], ['low', 'low-tint'], ['low', 'card'],
]
const frames: [string, string][] = [['edge', 'bg'], ['edge', 'card'], ['high', 'card'], ['medium', 'card'], ['low', 'card'], ['accent', 'bg']]

test.each(['light', 'dark'])('%s', (theme) => {
  for (const [over, under] of words) expect(contrast(`${theme}-${over}`, `${theme}-${under}`), `${over} on ${under}`).toBeGreaterThanOrEqual(4.5)
  for (const [over, under] of frames) expect(contrast(`${theme}-${over}`, `${theme}-${under}`), `${over} by ${under}`).toBeGreaterThanOrEqual(3)
})
test('the bar of the browser, and what is seen before the app opens, are of the app’s colours and of the chosen look', () => {
  document.head.innerHTML = readFileSync('index.html', 'utf8').match(/<meta name="theme-color"[^>]*>/g)!.join('')
  const bars = [...document.querySelectorAll('meta')]
  expect(bars.map((b) => [b.dataset.of, b.content, b.getAttribute('media')])).toEqual(['light', 'dark'].map((of) => [of, `#${token(`${of}-bg`)}`, `(prefers-color-scheme: ${of})`]))
  wear('dark')
  expect(bars.map((b) => b.getAttribute('media'))).toEqual(['not all', 'all'])
  wear('system')
  expect(bars.map((b) => b.getAttribute('media'))).toEqual(['(prefers-color-scheme: light)', '(prefers-color-scheme: dark)'])
  expect(JSON.parse(readFileSync('public/manifest.webmanifest', 'utf8'))).toMatchObject({ background_color: `#${token('light-bg')}` })
})
