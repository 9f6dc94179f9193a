// Builds the dashboard into dist/web, from where the master serves it, each asset also compressed.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const OUT = path.join(import.meta.dirname, '../dist/web')

/** Compressed once here instead of with each answer. */
const compressed: Plugin = {
  name: 'compressed',
  closeBundle() {
    const assets = path.join(OUT, 'assets')
    for (const name of readdirSync(assets)) {
      writeFileSync(path.join(assets, `${name}.br`), brotliCompressSync(readFileSync(path.join(assets, name))))
    }
  },
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [compressed],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: OUT, emptyOutDir: true, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
})
