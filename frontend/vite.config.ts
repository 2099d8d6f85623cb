import { svelte } from '@sveltejs/vite-plugin-svelte'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// The page is small and so is what it starts; what that will ask for next is fetched beside it.
const preloadApp = (): Plugin => ({
  name: 'preload-app',
  enforce: 'post',
  transformIndexHtml(_, { bundle }) {
    const app = Object.values(bundle ?? {}).find((c) => c.type === 'chunk' && c.name === 'app')
    return app ? [{ tag: 'link', attrs: { rel: 'modulepreload', href: `/${app.fileName}` }, injectTo: 'head' }] : []
  },
})

// What every screen stands on comes as one file; a dozen small ones would each cost a round trip on a phone.
const shared = /node_modules\/(svelte|esm-env|clsx)\/|\/src\/(app\.ts|App\.svelte|icon\.svg|api\/client\.ts|i18n\/(index\.svelte|plural)\.ts|parts\/(Capture|Icon|Toasts|Oops)\.svelte|lib\/(backoff|capture\.svelte|follow|form\.svelte|format|idle|prefs\.svelte|router\.svelte|send|session\.svelte|store|toast\.svelte|uploads\.svelte)(\.ts)?$)/
// The fields of the door and of the account.
const fields = /\/src\/(parts\/(Secret|TextField|Languages)\.svelte|lib\/(passkey|password)\.ts)$/
// What the list and one paper of it have in common.
const papers = /\/src\/lib\/(asks\.svelte|library\.svelte|many|values)\.ts$/
// What pictures are looked at with, and made into a document.
const pictures = /\/src\/lib\/(look|pdf|prepare)\.ts$/
const first = /vite\/preload-helper|\/src\/(boot|screens|i18n\/languages|lib\/(device|early|forget|newer|route))\.ts$/

// What is told of days must be the reader's: tests go by a clock that is far from UTC.
if (process.env.VITEST) process.env.TZ = 'Pacific/Auckland'

export default defineConfig({
  plugins: [svelte(), preloadApp()],
  build: {
    outDir: process.env.DOCKET_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false, // all styles are some 8 kB in Brotli: less than the requests for them a screen would cost
    assetsInlineLimit: 0, // a data: address would need a hole in the Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rollupOptions: { output: { manualChunks: (id) => (first.test(id) ? 'boot' : shared.test(id) ? 'app' : fields.test(id) ? 'fields' : papers.test(id) ? 'papers' : pictures.test(id) ? 'pictures' : undefined) } },
  },
  // Under test Svelte's browser half is wanted, not the one for rendering on a server.
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  // Nothing is timed: five seconds, the default, are too few for a screen on a machine that is busy.
  test: { environment: 'jsdom', pool: 'threads', include: ['src/**/*.test.ts', 'tests/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
})
