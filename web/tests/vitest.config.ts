// Tests in a real browser against the real server; see harness.ts. One at a time: they share one county.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: '../node_modules/.vite-tests',
  test: {
    include: ['**/*.test.ts'],
    environment: 'node',
    globalSetup: './server.ts',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
