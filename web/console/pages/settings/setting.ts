// What kind of value each setting has, so that it is edited by a field of its kind. Pure: knows no page.

import type { Schemas } from '@shared/api/client'

export type Setting = Omit<Schemas['SettingDocument'], 'value' | 'default' | 'history'> & {
  value: unknown
  default: unknown
  history: { valid_from: string; value: unknown }[]
}

export type ValueKind = 'number' | 'yesNo' | 'steps' | 'kinds' | 'rules' | 'list' | 'text'

const KINDS: Record<string, ValueKind> = {
  coverage_kinds: 'kinds',
  overdue_days: 'number',
  visit_intervals: 'rules',
  review_steps: 'steps',
  near_village_m: 'number',
  backfill_days: 'number',
  confirmation_required: 'yesNo',
  photo_retention_months: 'number',
  score_ranking: 'yesNo',
  webhook_networks: 'list',
  beneficiary_retention_years: 'number',
}

/** The kind of a setting's value; one that a newer server has is edited as its value tells. */
export function kindOf({ name, value }: Pick<Setting, 'name' | 'value'>): ValueKind {
  if (KINDS[name]) return KINDS[name]
  if (typeof value === 'boolean') return 'yesNo'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'number' ? 'number' : 'text'
}

/** Numbers that may be absent: then something lasts for ever, or never happens by itself. */
export const MAY_BE_EMPTY: readonly string[] = ['photo_retention_months', 'beneficiary_retention_years']

/** The entries of a list that somebody typed, one in each line or with commas between them. */
export function entriesOf(text: string): string[] {
  return text.split(/[\s,，、;；]+/).filter((entry) => entry !== '')
}

/** A rule of the intervals between visits. */
export interface Rule {
  division?: string
  industry?: string
  from?: string
  to?: string
  days: number
}

/** A rule without what was left empty. */
export function tidy(rule: Rule): Rule {
  const { division, industry, from, to, days } = rule
  return { ...(division ? { division } : {}), ...(industry ? { industry } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}), days }
}

export const VILLAGE_KINDS = ['residents_committee', 'villagers_committee', 'quasi_residents', 'quasi_villagers'] as const
export const TOWNSHIP_KINDS = ['subdistrict', 'town', 'township', 'quasi_township'] as const
export const STEPS = ['county', 'township_then_county', 'township'] as const
