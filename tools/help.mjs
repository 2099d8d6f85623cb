// Imported first by a program that takes minutes: asked for --help, it says what stands at its head and does nothing.
import { readFileSync } from 'node:fs'

if (process.argv.slice(2).some((a) => a === '--help' || a === '-h')) {
  const lines = readFileSync(process.argv[1], 'utf8').split('\n')
  const head = lines.slice(0, lines.findIndex((l) => !l.startsWith('//')))
  console.log(head.map((l) => l.replace(/^\/\/ ?/, '')).join('\n'))
  process.exit(0)
}
