// Compresses what was built, beside itself: the server sends these as they are. Without a saving there is none.
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL(`../dist/${process.argv[2] ?? 'console'}`, import.meta.url))
const worthIt = /\.(?:html|js|css|svg|json|webmanifest|txt)$/

// The list of chunks was for the budget alone.
await rm(join(root, 'manifest.json'), { force: true })
const names = await readdir(root, { recursive: true })
for (const name of names.filter((one) => worthIt.test(one))) {
  const file = join(root, name)
  const plain = await readFile(file)
  const br = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } })
  const gzip = gzipSync(plain, { level: 9 })
  if (br.length < plain.length) await writeFile(`${file}.br`, br)
  if (gzip.length < plain.length) await writeFile(`${file}.gz`, gzip)
}
