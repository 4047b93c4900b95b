// Which files may be sent, how far they are, and the list of errors as a table for WPS. Pure.

import type { Schemas } from '@shared/api/client'

/** What the server takes in one upload. */
export const MOST_BYTES = 32 * 1024 * 1024
/** What the form around the files takes of it. */
const FORM_BYTES = 4096

export type What = Schemas['What']
/** What can be imported, as the menu has it. Boundaries are GeoJSON, all others come as a table. */
export const WHATS: readonly What[] = ['roster', 'techniques', 'villages', 'aliases', 'divisions', 'boundaries']
/** The datums that a file of boundaries may have; none can be told from the numbers. */
export const DATUMS = ['cgcs2000', 'wgs84', 'gcj02', 'bd09'] as const

/** How many files a kind takes at once. */
export function mostFiles(what: What): number {
  return what === 'divisions' ? 5 : 1
}

/** The endings that a kind's files have. */
export function endingsOf(what: What): readonly string[] {
  return what === 'boundaries' ? ['.geojson', '.json'] : ['.csv', '.txt', '.xlsx']
}

export type Fault = 'wrongType' | 'noBoundaries' | 'emptyFile'

/** Why a file cannot be what it is chosen for; `undefined` if it can. */
export function faultOf({ name, size }: { name: string; size: number }, what: What): Fault | undefined {
  const isOne = endingsOf(what).some((ending) => name.toLowerCase().endsWith(ending))
  if (!isOne) return what === 'boundaries' ? 'noBoundaries' : 'wrongType'
  return size === 0 ? 'emptyFile' : undefined
}

/** Whether files are more than one upload takes. */
export function isTooLarge(files: readonly { size: number }[]): boolean {
  return files.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES - FORM_BYTES
}

/** Whole percent of what left the computer; a hundred only when all of it has. */
export function percentOf(sent: number, all: number): number {
  return all === 0 ? 0 : Math.floor((Math.min(sent, all) * 100) / all)
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
