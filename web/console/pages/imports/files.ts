// Which files may be sent, and the list of errors as a table for WPS. Pure.

import type { Schemas } from '@shared/api/client'

/** What the server takes in one upload. */
export const MOST_BYTES = 32 * 1024 * 1024
/** What the form around the files takes of it. */
const FORM_BYTES = 4096

export type What = Schemas['What']
export const WHATS: readonly What[] = ['roster', 'techniques', 'villages', 'aliases', 'divisions']

/** How many files a kind takes at once. */
export function mostFiles(what: What): number {
  return what === 'divisions' ? 5 : 1
}

export type Fault = 'wrongType' | 'emptyFile'

/** Why a file cannot be a table; `undefined` if it can. */
export function faultOf({ name, size }: { name: string; size: number }): Fault | undefined {
  if (!/\.(?:csv|xlsx|txt)$/i.test(name)) return 'wrongType'
  return size === 0 ? 'emptyFile' : undefined
}

/** Whether files are more than one upload takes. */
export function isTooLarge(files: readonly { size: number }[]): boolean {
  return files.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES - FORM_BYTES
}

/** A table as CSV that a spreadsheet opens: UTF-8 with its mark, and no cell that it would take for a formula. */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
}
