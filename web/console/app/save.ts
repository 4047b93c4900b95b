// A file from the API onto the computer of whoever asked for it, under the name that the server gave it.

import type { Answer } from '@shared/api/client'
import { unwrapNoticed } from './session'

/** Saves what was asked for with `parseAs: 'blob'`; a refusal is thrown as it is of every other call. */
export async function saveFile(answering: Promise<Answer<unknown>>, otherwise: string): Promise<void> {
  const blob = (await unwrapNoticed(answering)) as Blob
  hand(blob, nameIn((await answering).response.headers.get('Content-Disposition')) ?? otherwise)
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
