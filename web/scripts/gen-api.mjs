// Writes shared/api/schema.ts from mobile-client-spec/openapi.json. With --check it writes nothing, and fails if the
// file is not what it would write.
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const document = new URL('../../mobile-client-spec/openapi.json', import.meta.url)
const target = new URL('../shared/api/schema.ts', import.meta.url)
const head = '// Generated from mobile-client-spec/openapi.json by `npm run gen`. Do not edit.\n\n'

const text = head + astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false }))
if (process.argv.includes('--check')) {
  const held = await readFile(target, 'utf8').catch(() => '')
  if (held !== text) {
    console.error('web/shared/api/schema.ts differs from mobile-client-spec/openapi.json. Please run: make gen')
    process.exit(1)
  }
} else {
  await writeFile(target, text)
}
