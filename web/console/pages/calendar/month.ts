// The days of a month, and how a day of somebody is shaded. Pure.

import type { Schemas } from '@shared/api/client'

export type Day = Schemas['DayDocument']

export interface MonthDay {
  on: string
  number: number
  /** 0 is Sunday. */
  weekday: number
  isWeekend: boolean
}

/** The days of a month such as "2026-06". */
export function daysOf(month: string): MonthDay[] {
  const [year = 0, index = 1] = month.split('-').map(Number)
  const count = new Date(Date.UTC(year, index, 0)).getUTCDate()
  return Array.from({ length: count }, (_, at) => {
    const weekday = new Date(Date.UTC(year, index - 1, at + 1)).getUTCDay()
    return { on: `${month}-${String(at + 1).padStart(2, '0')}`, number: at + 1, weekday, isWeekend: weekday === 0 || weekday === 6 }
  })
}

/** Visits of a day that were made, whatever became of those that wait. */
export function countOf({ approved, pending }: Day): number {
  return approved + pending
}

/** The shade of a day: none, 1, 2, or 3 and more. */
export function shadeOf(day: Day): 0 | 1 | 2 | 3 {
  return Math.min(countOf(day), 3) as 0 | 1 | 2 | 3
}

/** The target of the very month, if there is one. */
export function targetOf(row: Schemas['CommissionerMonth'], month: string): number | undefined {
  const days = daysOf(month)
  const [first, last] = [days[0]?.on, days[days.length - 1]?.on]
  return row.targets.find(({ from, to }) => from === first && to === last)?.amount
}

/** Whether an address names a month. */
export function isMonth(text: string): boolean {
  return /^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)
}
