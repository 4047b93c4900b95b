// Starts what the browser tests look at: `tepai demo`, the same county for the same seed, played by simulated phones
// through the public API. TEPAI_BIN names the binary; TEPAI_SERVER names a demo that runs already, and TEPAI_DEMO_DATA
// its data directory, for those tests that ask the command line as well.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    base: string
    artefacts: string
    /** The binary, and where the demo that it serves keeps its data: `tepai summary` reads them. */
    tepai: { binary: string; data: string }
  }
}

const PATIENCE_MS = 180_000
const root = fileURLToPath(new URL('../..', import.meta.url))

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const artefacts = process.env.TEPAI_ARTEFACTS ?? `${root}artefacts/console`
  mkdirSync(artefacts, { recursive: true })
  project.provide('artefacts', artefacts)
  const binary = process.env.TEPAI_BIN ?? `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/debug/tepai`
  if (process.env.TEPAI_SERVER) {
    project.provide('base', process.env.TEPAI_SERVER)
    project.provide('tepai', { binary, data: process.env.TEPAI_DEMO_DATA ?? '' })
    return async () => undefined
  }
  const data = mkdtempSync(join(tmpdir(), 'tepai-browser-'))
  project.provide('tepai', { binary, data })
  const demo = spawn(binary, ['demo', '--seed', '1', '--lang', 'en', '--listen', '127.0.0.1:0', '--data-dir', data], { stdio: ['ignore', 'pipe', 'inherit'], env: withoutSettings() })
  project.provide('base', await address(demo))
  return async () => {
    await stop(demo)
    rmSync(data, { recursive: true, force: true })
  }
}

/** The environment for the binary, which takes whatever begins with TEPAI_ for one of its settings. */
export function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEPAI_')))
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
