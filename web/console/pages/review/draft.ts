// A decision that is being made: kept for each visit until it stands, so that nothing typed is lost on the way.

export interface Draft {
  decision: 'return' | 'not_recognise'
  reason: string
  field: string
  comment: string
  due: string
}

export function emptyDraft(decision: Draft['decision']): Draft {
  return { decision, reason: '', field: '', comment: '', due: '' }
}

/** What the API takes; what is empty is left out. */
export function verdictOf(draft: Draft, rev: number) {
  const some = (text: string) => (text.trim() === '' ? undefined : text.trim())
  const isReturn = draft.decision === 'return'
  return {
    decision: draft.decision,
    rev,
    reason: some(draft.reason),
    comment: some(draft.comment),
    field: isReturn ? some(draft.field) : undefined,
    due_on: isReturn ? some(draft.due) : undefined,
  }
}
