// What a visit says, item by item, in the order in which a reviewer reads. Pure: how a value is said comes from outside.

import type { Schemas } from '@shared/api/client'

export type Visit = Schemas['Visit']

/** The items of a visit that people read, in their order. */
export const FIELDS = [
  'service_from', 'village_code', 'commissioner_id', 'participant_ids', 'mode', 'service_mode', 'industry', 'chain_stage', 'technique_codes',
  'variety_names', 'beneficiary_ids', 'content', 'problem_found', 'problems_solved', 'training_sessions', 'training_persons',
  'training_attendances', 'leaflets', 'disease_cases', 'check_in', 'distance_to_village_m', 'late_days', 'backfill_reason', 'paper_ref',
] as const
export type Field = (typeof FIELDS)[number]

/** How the value of an item is said; empty if there is none. */
export type Said = (field: Field, visit: Visit) => string

export interface Fact {
  field: Field
  now: string
  beside: string
  differs: boolean
}

/** The items that either visit has something to say about. */
export function factsOf(visit: Visit, beside: Visit | undefined, said: Said): Fact[] {
  return FIELDS.map((field) => {
    const [now, then] = [said(field, visit), beside ? said(field, beside) : '']
    return { field, now, beside: then, differs: beside !== undefined && now !== then }
  }).filter(({ now, beside: then }) => now !== '' || then !== '')
}
