// Stages of adoption by technique and village, put together. Pure: knows no page.

import type { Schemas } from '@shared/api/client'

export type AdoptionRow = Schemas['AdoptionRow']

export const STAGES = ['awareness', 'interest', 'evaluation', 'trial', 'adopted', 'abandoned'] as const
export type Stage = (typeof STAGES)[number]

export interface Line {
  key: string
  stages: Record<Stage, number>
  adoptions: number
  area: number
  lastOn: string
  age: number
}

/** The rows of one key put together: an adoption lies in one village and is of one technique, so that they add up. */
export function linesBy(rows: readonly AdoptionRow[], keyOf: (row: AdoptionRow) => string): Line[] {
  const lines = new Map<string, Line>()
  for (const row of rows) {
    const key = keyOf(row)
    const line = lines.get(key) ?? { key, stages: Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<Stage, number>, adoptions: 0, area: 0, lastOn: '', age: row.days_since }
    for (const stage of STAGES) line.stages[stage] += row.stages[stage] ?? 0
    line.adoptions += row.adoptions
    line.area += row.adopted_centi_mu
    if (row.last_report_on > line.lastOn) line.lastOn = row.last_report_on
    line.age = Math.min(line.age, row.days_since)
    lines.set(key, line)
  }
  return [...lines.values()]
}
