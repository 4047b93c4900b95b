// Records of any kind as lines of a table: the day that counts, whose it is, and what it says field by field. Pure.

/** What can be listed, by the last part of its address of the API. */
export const KINDS = [
  'adoption_report', 'adoption', 'feedback', 'training_session', 'demo_base', 'follow_up', 'beneficiary', 'site', 'photo',
  'demo-households', 'local-experts', 'demo-bases', 'follow-ups',
] as const
export type RecordKind = (typeof KINDS)[number]

export type Fields = Readonly<Record<string, unknown>>

export interface Row {
  id: string
  on: string | null
  village: string
  person: string
  visit: string
  says: { name: string; value: unknown; as: Shape }[]
}

/** How a value is written. */
export type Shape = 'text' | 'day' | 'mu' | 'yuan' | 'number' | 'technique' | 'yesNo' | `code:${string}`

/** The day by which a kind falls into a period. */
const DAYS = ['reported_on', 'stage_on', 'given_on', 'held_on', 'due_on', 'service_from', 'taken_on'] as const
const LISTS: Readonly<Record<string, string>> = {
  stage: 'adoption_stage', evidence: 'evidence', score: 'satisfaction', served_role: 'served_role', source: 'feedback_source', level: 'base_level',
  outcome: 'follow_up_outcome', industry: 'industry', purpose: 'photo_purpose', file_state: 'photo_state', farming_mode: 'farming_mode',
}
const KIND_LISTS: Readonly<Record<string, string>> = { beneficiary: 'beneficiary_kind', site: 'site_kind', 'demo-households': 'beneficiary_kind', 'local-experts': 'beneficiary_kind' }
/** What stands first among what a record says; everything else follows as it came. */
const ORDER = ['display_name', 'technique_code', 'technique_codes', 'stage', 'score', 'topic', 'problem', 'advice', 'area_centi_mu', 'level', 'outcome', 'outcome_note', 'evidence', 'season']
/** Told in columns of their own, or no matter for readers. */
const ELSEWHERE = /(?:^|_)(?:ids?|sha256)$|^(?:village_code|commissioner_id|is_disputed|is_overridden|report_count|bytes)$/

function shapeOf(kind: string, name: string, value: unknown): Shape {
  const list = name === 'kind' ? KIND_LISTS[kind] : LISTS[name]
  if (list) return `code:${list}`
  if (/^technique_codes?$/.test(name)) return 'technique'
  if (name.endsWith('_centi_mu')) return 'mu'
  if (name.endsWith('_fen')) return 'yuan'
  if (name.endsWith('_on')) return 'day'
  if (typeof value === 'boolean') return 'yesNo'
  return typeof value === 'number' ? 'number' : 'text'
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A record as a line; what it was counted by stands in the first column and is not said again. */
export function rowOf(kind: string, id: string, fields: Fields, author: string): Row {
  const day = DAYS.find((name) => typeof fields[name] === 'string')
  const told = Object.entries(fields).filter(([name, value]) => name !== day && !ELSEWHERE.test(name) && isSaid(value))
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  told.sort(([one], [other]) => rank(one) - rank(other))
  return {
    id,
    on: day ? text(fields[day]) : null,
    village: text(fields.village_code),
    person: text(fields.commissioner_id) || author,
    visit: text(fields.visit_id),
    says: told.map(([name, value]) => ({ name, value, as: shapeOf(kind, name, value) })),
  }
}

function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((one) => typeof one !== 'object')
  return value !== null && value !== '' && typeof value !== 'object'
}
