// How the sources become programs: main (entries and workers), preload, renderer.
import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'

const at = (...path: string[]): string => resolve(import.meta.dirname, ...path)

export default defineConfig({
  main: {
    publicDir: at('resources'),
    build: {
      outDir: at('out/main'),
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          index: at('src-main/index.ts'),
          headless: at('src-main/headless.ts'),
          coffer: at('src-main/coffer.ts'),
          // Workers: opened by base/worker-rpc under these names.
          'codec-worker': at('src-main/payload/codec-worker.ts'),
          'drive-worker': at('src-main/storage/erasure/drives/drive-worker.ts'),
        },
        experimental: { attachDebugInfo: 'none' },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: at('out/preload'),
      externalizeDeps: false,
      lib: { entry: { index: at('src-main/shell/preload.ts') }, formats: ['cjs'] },
      rolldownOptions: { output: { entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: at('src-renderer'),
    base: './',
    plugins: [svelte({ configFile: false })],
    build: { outDir: at('out/renderer'), minify: true, rolldownOptions: { input: at('src-renderer/index.html') } },
    server: { host: '127.0.0.1' },
  },
})
