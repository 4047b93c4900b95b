// A report as the server makes it (`format=json`), and the periods that people choose from. Pure: knows no page.

import type { Language, Sentence } from '@shared/words/define'
import { addMonths } from '@shared/format'

export type Cell = string | number | null

export interface Table {
  code: string
  name: Sentence
  columns: { code: string; label: Sentence }[]
  rows: Cell[][]
}

export interface Report {
  title: Sentence
  note: Sentence
  made_on: string
  tables: Table[]
}

export const KINDS = ['month', 'quarter', 'half', 'year', 'range'] as const
export type PeriodKind = (typeof KINDS)[number]

/** The periods of a kind, the present one first. */
export function periodsOf(kind: PeriodKind, thisMonth: string): string[] {
  const months = Array.from({ length: 24 }, (_, back) => addMonths(thisMonth, -back))
  if (kind === 'month') return months
  if (kind === 'year') return [...new Set(months.map((month) => month.slice(0, 4)))]
  const size = kind === 'quarter' ? 3 : 6
  const letter = kind === 'quarter' ? 'Q' : 'H'
  return [...new Set(months.map((month) => `${month.slice(0, 4)}-${letter}${Math.ceil(Number(month.slice(5)) / size)}`))]
}

/** What kind of period a text is, such as `2026-Q2`. */
export function kindOf(period: string): PeriodKind {
  if (/^\d{4}$/.test(period)) return 'year'
  if (/^\d{4}-Q\d$/.test(period)) return 'quarter'
  if (/^\d{4}-H\d$/.test(period)) return 'half'
  return /^\d{4}-\d{2}$/.test(period) ? 'month' : 'range'
}

/** Whether a column holds numbers alone: those stand at the right. */
export function isNumeric(table: Table, at: number): boolean {
  const values = table.rows.map((row) => row[at]).filter((cell) => cell !== null && cell !== '')
  return values.length > 0 && values.every((cell) => typeof cell === 'number' || /^-?\d+(?:\.\d+)?%?$/.test(String(cell))) && !/code|(?:^|_)id$|_no$/.test(table.columns[at]?.code ?? '')
}

/** Columns beyond which a table is a wide one: the register of visits still stands in one piece. */
const WIDE = 20
/** Columns that a sheet of paper, or a screen, takes so that its figures can be read; English headings are wider. */
const MOST_COLUMNS: Record<Language, number> = { 'zh-CN': 14, en: 11 }
/** The first columns, which name the row: each part of a wide table has them again. */
const NAMES = 2

/** A wide table in parts that fit a sheet: the columns of each part by their number. */
export function partsOf(columns: number, language: Language): number[][] {
  const all = Array.from({ length: columns }, (_, at) => at)
  if (columns <= WIDE) return [all]
  const [names, rest, step] = [all.slice(0, NAMES), all.slice(NAMES), MOST_COLUMNS[language] - NAMES]
  return Array.from({ length: Math.ceil(rest.length / step) }, (_, part) => [...names, ...rest.slice(part * step, (part + 1) * step)])
}
