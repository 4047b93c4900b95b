// Starts what the browser tests look at: `tepai demo`, the same county for the same seed, played by simulated phones
// through the public API. TEPAI_BIN names the binary; TEPAI_SERVER names a demo that runs already.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    base: string
    artefacts: string
  }
}

const PATIENCE_MS = 180_000
const root = fileURLToPath(new URL('../..', import.meta.url))

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const artefacts = process.env.TEPAI_ARTEFACTS ?? `${root}artefacts/console`
  mkdirSync(artefacts, { recursive: true })
  project.provide('artefacts', artefacts)
  if (process.env.TEPAI_SERVER) {
    project.provide('base', process.env.TEPAI_SERVER)
    return async () => undefined
  }
  const binary = process.env.TEPAI_BIN ?? `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/debug/tepai`
  // The server takes whatever begins with TEPAI_ for one of its settings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEPAI_')))
  const demo = spawn(binary, ['demo', '--seed', '1', '--lang', 'en', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'], env })
  project.provide('base', await address(demo))
  return () => stop(demo)
}

/** The address that the demo tells when its story is told. */
function address(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`the demo did not come up:\n${said}`)), PATIENCE_MS)
    demo.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /Tepai serves at (http:\/\/[\d.]+:\d+)/.exec(said)
      if (!found?.[1]) return
      clearTimeout(timer)
      resolve(found[1])
    })
    demo.on('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the demo ended with ${code}:\n${said}`))
    })
  })
}

function stop(demo: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    demo.on('exit', () => resolve())
    demo.kill('SIGTERM')
  })
}
