// The lock files name packages and their hashes, and no server: they hold behind every mirror.
import { readFile } from 'node:fs/promises'

let isFine = true
for (const path of ['package-lock.json', 'lighthouse/package-lock.json']) {
  const lock = JSON.parse(await readFile(new URL(`../${path}`, import.meta.url), 'utf8'))
  const entries = Object.entries(lock.packages).filter(([place]) => place !== '')
  const named = entries.filter(([, entry]) => entry.resolved).map(([place]) => place)
  const unproven = entries.filter(([, entry]) => !entry.integrity && !entry.link).map(([place]) => place)
  if (named.length > 0) console.error(`${path} names a server for: ${named.join(', ')}. Please run: npm install --omit-lockfile-registry-resolved`)
  if (unproven.length > 0) console.error(`${path} has no hash for: ${unproven.join(', ')}`)
  isFine &&= entries.length >= 50 && named.length === 0 && unproven.length === 0
}
if (!isFine) process.exit(1)
