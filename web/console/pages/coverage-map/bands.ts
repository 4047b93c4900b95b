// The five classes of the map, and what a township comes to. Pure: knows no page and no clock.

import type { Schemas } from '@shared/api/client'

export type Village = Schemas['VillageDocument']

export const BANDS = ['upTo15', 'upTo30', 'upTo60', 'over60', 'never'] as const
export type Band = (typeof BANDS)[number]

/** The class of so many days since the last approved visit; nothing if there was never one. */
export function bandOf(days: number | null | undefined): Band {
  if (days === null || days === undefined) return 'never'
  if (days <= 15) return 'upTo15'
  if (days <= 30) return 'upTo30'
  return days <= 60 ? 'upTo60' : 'over60'
}

/** A township as its villages make it. */
export interface Part {
  code: string
  villages: Village[]
  overdue: number
  /** Days of the village in the middle; nothing if that one was never visited. */
  middle: number | undefined
  counts: Record<Band, number>
}

/** The days of the village in the middle, of two the longer; one that was never visited has waited longest. */
export function middleOf(villages: readonly Village[]): number | undefined {
  const days = villages.map(({ days_since: one }) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const middle = days[Math.floor(days.length / 2)]
  return middle === undefined || middle === Number.POSITIVE_INFINITY ? undefined : middle
}

/** The villages township by township, both by code. */
export function partsOf(villages: readonly Village[]): Part[] {
  const byTownship = new Map<string, Village[]>()
  for (const village of [...villages].sort((a, b) => a.key.localeCompare(b.key))) {
    const code = village.key.slice(0, 9)
    byTownship.set(code, [...(byTownship.get(code) ?? []), village])
  }
  return [...byTownship].map(([code, own]) => ({
    code,
    villages: own,
    overdue: own.filter(({ is_overdue: isOverdue }) => isOverdue).length,
    middle: middleOf(own),
    counts: Object.fromEntries(BANDS.map((band) => [band, own.filter((one) => bandOf(one.days_since) === band).length])) as Record<Band, number>,
  }))
}

/** A village's name as it fits a tile: without the words that all of them end with. */
export function shortName(name: string): string {
  return name.replace(/(?:村民委员会|居民委员会|村委会|居委会)$/, '') || name
}
