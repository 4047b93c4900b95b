// `npm run pictures`: takes the pictures of README and docs/ anew, from the demo county, as the browser tests see it.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: '../node_modules/.vite-tests',
  test: { include: ['pictures.ts'], environment: 'node', globalSetup: './server.ts', fileParallelism: false, testTimeout: 180_000, hookTimeout: 120_000 },
})
