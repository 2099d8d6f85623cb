// The service worker is one classic script at the root, so that its scope is the whole app. It is
// built second, when the names of the files to keep are known.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const outDir = process.env.DOCKET_WEB_OUT ?? 'dist'
const files = readdirSync(join(outDir, 'assets')).sort().map((f) => `/assets/${f}`)
const shell = ['/index.html', ...files, '/icon.svg', '/manifest.webmanifest']
const version = createHash('sha256')
for (const file of shell) version.update(file).update(readFileSync(join(outDir, file)))

export default defineConfig({
  define: { __SHELL__: JSON.stringify(shell), __VERSION__: JSON.stringify(version.digest('hex').slice(0, 12)) },
  publicDir: false,
  build: {
    outDir,
    emptyOutDir: false,
    target: 'es2022',
    reportCompressedSize: false,
    rollupOptions: {
      input: 'src/sw/sw.ts',
      output: { format: 'iife', entryFileNames: 'sw.js' },
    },
  },
})
