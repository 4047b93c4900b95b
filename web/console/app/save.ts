// A file from the API onto the computer of whoever asked for it, under the name that the server gave it.

import { ask } from '@shared/api/client'
import { notice } from './session'

interface FileAnswer {
  data?: unknown
  error?: unknown
  response: Response
}

/** Saves what was asked for with `parseAs: 'blob'`; a refusal is thrown as it is of every other call. */
export async function saveFile(answering: Promise<FileAnswer>, otherwise: string): Promise<void> {
  try {
    const answer = await answering
    const blob = (await ask(Promise.resolve(answer))) as Blob
    hand(blob, nameIn(answer.response.headers.get('Content-Disposition')) ?? otherwise)
  } catch (error) {
    notice(error)
    throw error
  }
}

/** The name in `Content-Disposition`: the one in UTF-8 if there is one. */
export function nameIn(disposition: string | null): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1]
  if (encoded) return decodeURIComponent(encoded)
  return /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1]
}

function hand(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
