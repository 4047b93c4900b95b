// Which villages a filter lets through, and how a village stands. Pure, so that it is tested without a browser.

import type { Schemas } from '@shared/api/client'

export type Village = Schemas['VillageDocument']
export const STATES = ['overdue', 'due', 'visited', 'unvisited', 'unassigned', 'unknown'] as const
export type State = (typeof STATES)[number]

/** Whether a village is in a state; a village is in several. */
export function isIn(village: Village, state: State): boolean {
  switch (state) {
    case 'overdue': return village.is_overdue
    case 'due': return !village.is_overdue
    case 'visited': return village.visits > 0
    case 'unvisited': return village.visits === 0
    case 'unassigned': return village.commissioners.length === 0
    case 'unknown': return village.is_overdue && village.may_have_visited.length > 0
  }
}

/** The one state that a village is shown in. */
export function shownState(village: Village): State {
  if (!village.is_overdue) return 'due'
  return village.may_have_visited.length > 0 ? 'unknown' : 'overdue'
}

export interface Wanted {
  state: string
  search: string
  industry: string
}

/** The villages that fit the filters; an unknown state lets everything through. */
export function choose(villages: readonly Village[], wanted: Wanted, industriesOf: (code: string) => readonly string[]): Village[] {
  const state = STATES.find((one) => one === wanted.state)
  const search = wanted.search.trim().toLowerCase()
  return villages.filter((village) => {
    if (state && !isIn(village, state)) return false
    if (wanted.industry && !industriesOf(village.key).includes(wanted.industry)) return false
    const names = [village, ...village.commissioners].map(({ name, key }) => (name ?? key).toLowerCase())
    return search === '' || names.some((name) => name.includes(search))
  })
}

/** By which days a village is sorted: one that was never visited has waited the longest. */
export function daysOf(village: Village): number {
  return village.days_since ?? Number.MAX_SAFE_INTEGER
}
