// Who serves where as rows and columns. Pure: knows no page.

/** Somebody's time in a village, as `GET /v1/assignments` tells it. */
export interface Assignment {
  id: string
  village_code: string
  person_id: string
  from: string
  to?: string | null
}

export interface Row {
  person: string
  name: string
  /** By village. */
  cells: Map<string, Assignment>
}

/** Whether an assignment is in force on a day. */
export function isOn(assignment: Pick<Assignment, 'from' | 'to'>, day: string): boolean {
  return assignment.from <= day && (!assignment.to || day <= assignment.to)
}

/** A row for everybody who serves one of these villages on a day, by name. */
export function rowsOf(assignments: readonly Assignment[], names: Readonly<Record<string, string>>, day: string): Row[] {
  const rows = new Map<string, Row>()
  for (const assignment of assignments.filter((one) => isOn(one, day))) {
    const { person_id: person, village_code: village } = assignment
    const row = rows.get(person) ?? { person, name: names[person] ?? person, cells: new Map<string, Assignment>() }
    row.cells.set(village, assignment)
    rows.set(person, row)
  }
  const collator = new Intl.Collator('zh-CN')
  return [...rows.values()].sort((a, b) => collator.compare(a.name, b.name))
}
