// Tests in a real browser against the real server; see harness.ts. One at a time: they share one county.
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/** Files that nobody has seen green from end to end yet: left out, and said so; `TEPAI_ALL=1 npm run browser` runs them as well. */
const NOT_YET_GREEN = ['assessment', 'assignments', 'calendar', 'conflicts', 'imports', 'reports']

const left = process.env.TEPAI_ALL ? [] : NOT_YET_GREEN
if (left.length > 0) process.stderr.write(`LEFT OUT, not yet seen green: ${left.join(', ')}\n`)

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  cacheDir: '../node_modules/.vite-tests',
  test: {
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...left.map((name) => `${name}.test.ts`)],
    environment: 'node',
    globalSetup: './server.ts',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
