// The lock file names packages and their hashes, and no server: it holds behind every mirror.
import { readFile } from 'node:fs/promises'

const lock = JSON.parse(await readFile(new URL('../package-lock.json', import.meta.url), 'utf8'))
const entries = Object.entries(lock.packages).filter(([place]) => place !== '')
const named = entries.filter(([, entry]) => entry.resolved).map(([place]) => place)
const unproven = entries.filter(([, entry]) => !entry.integrity && !entry.link).map(([place]) => place)
if (named.length > 0) console.error(`package-lock.json names a server for: ${named.join(', ')}. Please run: npm install --omit-lockfile-registry-resolved`)
if (unproven.length > 0) console.error(`package-lock.json has no hash for: ${unproven.join(', ')}`)
if (entries.length < 50 || named.length > 0 || unproven.length > 0) process.exit(1)
